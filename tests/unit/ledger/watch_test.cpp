// SPDX-License-Identifier: Apache-2.0
#include <inhaul/ledger/rules.hpp>

#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

ledger::PollState full_poll_state() {
    ledger::PollState poll_state;
    poll_state.head = commit('1');
    poll_state.polled = TimePoint{Milliseconds{1'700'000'000'001}};
    poll_state.answered = TimePoint{Milliseconds{1'700'000'000'002}};
    poll_state.poll_error = PollError{PollErrorKind::rate_limited, "a sentence", "A hint.",
                                      TimePoint{Milliseconds{1'700'000'000'003}}};
    poll_state.poll_error_since = TimePoint{Milliseconds{1'700'000'000'004}};
    poll_state.failures = 4;
    poll_state.undecided = 4'000'000'000;
    poll_state.next_poll = TimePoint{Milliseconds{1'700'000'000'005}};
    poll_state.moved_to = "octo/renamed";
    poll_state.repository_id = 1'296'269;
    poll_state.token_expires = TimePoint{Milliseconds{1'700'000'000'006}};
    poll_state.settings_hash = "mark";
    poll_state.polls_changed = 7;
    poll_state.polls_unchanged = 8;
    poll_state.polls_failed = 9;
    poll_state.requests_left = 4'999;
    poll_state.method = PollMethod::kept_ssh;
    poll_state.session_since = TimePoint{Milliseconds{1'700'000'000'007}};
    return poll_state;
}

void check_same(const ledger::PollState& found, const ledger::PollState& expected) {
    CHECK(found.processed_head == expected.processed_head);
    CHECK(found.head == expected.head);
    CHECK(found.polled == expected.polled);
    CHECK(found.answered == expected.answered);
    CHECK(found.poll_error == expected.poll_error);
    CHECK(found.poll_error_since == expected.poll_error_since);
    CHECK(found.failures == expected.failures);
    CHECK(found.undecided == expected.undecided);
    CHECK(found.next_poll == expected.next_poll);
    CHECK(found.moved_to == expected.moved_to);
    CHECK(found.repository_id == expected.repository_id);
    CHECK(found.token_expires == expected.token_expires);
    CHECK(found.settings_hash == expected.settings_hash);
    CHECK((found == expected));  // all other members
}

}  // namespace

TEST_CASE("the poll state of an unknown app is empty") {
    Place place;
    check_same(must(place.open()->poll_state(shop)), {});
}

TEST_CASE("the poll state of each app is read back completely") {
    Place place;
    must(place.open()->save_poll_state(shop, full_poll_state()));
    must(place.open()->save_poll_state(blog, {}));
    check_same(must(place.open()->poll_state(shop)), full_poll_state());
    check_same(must(place.open()->poll_state(blog)), {});
    // Each save replaces all values.
    must(place.open()->save_poll_state(shop, {}));
    check_same(must(place.open()->poll_state(shop)), {});
}

TEST_CASE("every poll error is read back") {
    Place place;
    const auto ledger = place.open();
    // Every kind: `local` is the last of the enumeration.
    for (int i = 0; i <= static_cast<int>(PollErrorKind::local); ++i) {
        ledger::PollState poll_state;
        poll_state.poll_error =
            PollError{static_cast<PollErrorKind>(i), "sentence", "", std::nullopt};
        must(ledger->save_poll_state(shop, poll_state));
        CHECK(must(ledger->poll_state(shop)).poll_error == poll_state.poll_error);
    }
}

TEST_CASE("the end of a deployment keeps all else of the poll state") {
    Place place;
    const auto ledger = place.open();
    must(ledger->save_settings_read(shop, "mark"));
    auto expected = full_poll_state();
    must(ledger->save_poll_state(shop, expected));
    expected.processed_head.reset();
    expected.settings_read = "mark";
    check_same(must(ledger->poll_state(shop)), expected);
    (void)run_through(*ledger, shop, {deployment::Succeeded{commit('1')}}, commit('1'));
    const auto after = must(ledger->poll_state(shop));
    expected.head = expected.processed_head = commit('1');
    expected.answered = after.answered;
    expected.poll_error = after.poll_error;
    expected.poll_error_since = after.poll_error_since;
    check_same(after, expected);
}

TEST_CASE("saving a poll state does not change the processed head") {
    Place place;
    const auto ledger = place.open();
    (void)run_through(*ledger, shop, {deployment::Succeeded{commit('1')}}, commit('1'));
    auto stale = full_poll_state();
    stale.processed_head = commit('2');
    must(ledger->save_poll_state(shop, stale));
    CHECK(must(ledger->poll_state(shop)).processed_head == commit('1'));
    stale.processed_head.reset();
    must(ledger->save_poll_state(shop, stale));
    CHECK(must(ledger->poll_state(shop)).processed_head == commit('1'));
    must(ledger->save_poll_state(blog, full_poll_state()));
    CHECK_FALSE(must(ledger->poll_state(blog)).processed_head);
}

TEST_CASE("an impossible poll state is an error") {
    for (const std::string damage :
         {"trouble = 'bad weather'", "head = 'x'", "decided = 'x'", "failures = -1",
          "undecided = 5000000000", "trouble_message = NULL", "answered = 9223372036854775807"}) {
        DYNAMIC_SECTION(damage) {
            Place place;
            must(place.open()->save_poll_state(shop, full_poll_state()));
            place.sql("UPDATE watch SET " + damage);
            const auto read = place.open()->poll_state(shop);
            REQUIRE_FALSE(read);
            CHECK(read.error().code == ErrorCode::corrupt);
            CHECK(read.error().message.find("shop") != std::string::npos);
        }
    }
}

TEST_CASE("a deadline has numbers with which its end can be calculated") {
    CHECK(ledger::Deadline::parse("1 boot 1 1"));
    for (const auto* const text : {"9223372036854775807 boot 1 1", "1 boot 9223372036854775807 1",
                                   "1 boot 1 9223372036854775807", "-9223372036854775808 boot 1 1"})
        CHECK_FALSE(ledger::Deadline::parse(text));
}

TEST_CASE("a budget is blocked until the latest time of the server") {
    Place place;
    const auto ledger = place.open();
    const auto until = place.clock.wall + Milliseconds{60'000};
    CHECK_FALSE(must(ledger->blocked_until("github")));
    must(ledger->block("github", until));
    must(ledger->block("other", until + Milliseconds{1}));
    CHECK(must(place.open()->blocked_until("github")) == until);
    must(ledger->block("github", until - Milliseconds{30'000}));
    CHECK(must(ledger->blocked_until("github")) == until - Milliseconds{30'000});
    CHECK(must(ledger->blocked_until("other")) == until + Milliseconds{1});
}

TEST_CASE("blocks that are over are not kept") {
    Place place;
    const auto ledger = place.open();
    must(ledger->block("old token", place.clock.wall + Milliseconds{1}));
    place.clock.advance(Milliseconds{10});
    must(ledger->block("github", place.clock.wall + Milliseconds{1}));
    CHECK(place.one("SELECT group_concat(name) FROM budget") == "github");
}

TEST_CASE("an idle poll is one small write, and is not waited for") {
    Place place;
    const auto ledger = place.open();
    auto poll_state = full_poll_state();
    must(ledger->save_poll_state(shop, poll_state));
    const auto wal = fs::path{place.file.string() + "-wal"};
    for (int i = 0; i < 3; ++i) {
        const auto before = fs::file_size(wal);
        poll_state.polled = *poll_state.polled + Milliseconds{60'000};
        poll_state.next_poll = *poll_state.next_poll + Milliseconds{60'000};
        must(ledger->save_poll_state(shop, poll_state));
        // One page and the header of its frame.
        CHECK(fs::file_size(wal) - before <= 4096 + 24);
    }
    // The next step of a deployment is synced again.
    (void)must(ledger->begin(shop, Trigger::poll));
}
