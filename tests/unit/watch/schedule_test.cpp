// SPDX-License-Identifier: Apache-2.0
#include <inhaul/watch/schedule.hpp>

#include <algorithm>
#include <array>

#include "support/catch.hpp"
#include "support/samples.hpp"

namespace inhaul::watch {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::commit;

const TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
constexpr Milliseconds minute{60'000};

PollError poll_error(PollErrorKind kind) {
    return {kind, "connect to api.github.com: refused", ""};
}

bool within(TimePoint time, TimePoint from, TimePoint to) {
    return time >= from && time <= to;
}

}  // namespace

TEST_CASE("an app with a token is polled at its own interval, however many apps share the token") {
    CHECK(effective_interval(test::settings("shop"), false, 100) == minute);
}

TEST_CASE("all anonymous apps together make at most fifty requests an hour") {
    const auto settings = test::settings("shop");
    for (const std::size_t sharing : {1U, 2U, 7U}) {
        const auto interval = effective_interval(settings, true, sharing);
        CHECK(hours{1} / interval * static_cast<std::int64_t>(sharing) <= 50);
    }
    auto slow = settings;
    slow.poll_interval = hours{2};
    CHECK(effective_interval(slow, true, 1) == hours{2});
}

TEST_CASE("a stored schedule is kept, so that a crash loop does not poll more often") {
    Jitter jitter{1};
    ledger::PollState poll_state;
    poll_state.settings_hash = "m";
    poll_state.next_poll = now + minutes{9};
    CHECK(first_poll(poll_state, "m", minute, now, jitter) == now + minutes{9});
}

TEST_CASE("new settings or a new token cause an immediate poll") {
    Jitter jitter{1};
    ledger::PollState poll_state;
    CHECK(first_poll(poll_state, "m", minute, now, jitter) == now);
    poll_state.settings_hash = "old";
    poll_state.next_poll = now + minutes{9};
    CHECK(first_poll(poll_state, "m", minute, now, jitter) == now);
}

TEST_CASE("a schedule of a wrong clock is ignored") {
    Jitter jitter{1};
    ledger::PollState poll_state;
    poll_state.settings_hash = "m";
    poll_state.next_poll = now + hours{24 * 365};
    CHECK(first_poll(poll_state, "m", minute, now, jitter) == now + minute);
}

TEST_CASE("an answer clears the poll error and is stored with its time") {
    ledger::PollState poll_state;
    poll_state.poll_error = poll_error(PollErrorKind::unreachable);
    poll_state.failures = 4;
    poll_state.answered = now - hours{5};
    Jitter jitter{1};
    const auto after = after_answer(poll_state, {NewHead{commit('b')}}, minute, now, jitter);
    CHECK(after.head == commit('b'));
    CHECK(after.answered == now);
    CHECK(after.failures == 0);
    CHECK_FALSE(after.poll_error);
    CHECK(within(*after.next_poll, now, now + minute));
    const auto later = after_answer(after, {NewHead{commit('b')}}, minute, now, jitter);
    CHECK(within(*later.next_poll, now + minute * 9 / 10, now + minute * 11 / 10));
}

TEST_CASE("a head that is not modified is the processed head") {
    ledger::PollState poll_state;
    poll_state.processed_head = commit('a');
    Jitter jitter{1};
    const auto after = after_answer(poll_state, {NotModified{}}, minute, now, jitter);
    CHECK(after.head == commit('a'));
    CHECK_FALSE(due(after));
}

TEST_CASE("a poll error keeps the last answer and its time") {
    ledger::PollState poll_state;
    poll_state.head = poll_state.processed_head = commit('a');
    poll_state.answered = now - hours{1};
    Jitter jitter{1};
    const auto after =
        after_answer(poll_state, {poll_error(PollErrorKind::bad_token)}, minute, now, jitter);
    CHECK(after.answered == now - hours{1});
    CHECK(after.head == commit('a'));
    CHECK(after.poll_error->kind == PollErrorKind::bad_token);
    CHECK(after.poll_error_since == now);
}

TEST_CASE("a repeated poll error keeps its start time, and another kind of error sets a new one") {
    Jitter jitter{1};
    auto poll_state =
        after_answer({}, {poll_error(PollErrorKind::unreachable)}, minute, now, jitter);
    poll_state = after_answer(poll_state, {poll_error(PollErrorKind::unreachable)}, minute,
                              now + minutes{5}, jitter);
    CHECK(poll_state.poll_error_since == now);
    poll_state = after_answer(poll_state, {poll_error(PollErrorKind::server_error)}, minute,
                              now + minutes{9}, jitter);
    CHECK(poll_state.poll_error_since == now + minutes{9});
}

TEST_CASE("polls after consecutive failures are less and less frequent, up to a cap") {
    Jitter jitter{7};
    ledger::PollState poll_state;
    Milliseconds longest{0};
    for (unsigned failure = 1; failure <= 20; ++failure) {
        poll_state = after_answer(poll_state, {poll_error(PollErrorKind::server_error)}, minute,
                                  now, jitter);
        CHECK(poll_state.failures == failure);
        const auto wait = *poll_state.next_poll - now;
        CHECK(wait >= minute / 2);
        CHECK(wait <= backoff_cap);
        longest = std::max(longest, Milliseconds{wait});
    }
    CHECK(longest > backoff_cap / 2);
}

TEST_CASE("the wait that a server asks for is obeyed, but never for more than a day") {
    Jitter jitter{1};
    auto limited = poll_error(PollErrorKind::rate_limited);
    limited.not_before = now + minutes{47};
    auto poll_state = after_answer({}, {limited}, minute, now, jitter);
    CHECK(within(*poll_state.next_poll, now + minutes{47}, now + minutes{48}));
    limited.not_before = now + hours{24 * 3650};
    poll_state = after_answer({}, {limited}, minute, now, jitter);
    CHECK(*poll_state.next_poll <= now + hours{25});
}

TEST_CASE("the polls after a limit spread over two seconds, a little after its end") {
    Jitter jitter{1};
    std::array<int, 4> parts{};
    for (int i = 0; i < 1'000; ++i) {
        const auto wait = after_block(now, jitter) - now;
        REQUIRE(wait >= Seconds{2});
        REQUIRE(wait < Seconds{4});
        ++parts.at(static_cast<std::size_t>((wait - Seconds{2}) / Milliseconds{500}));
    }
    CHECK(*std::min_element(parts.begin(), parts.end()) > 200);
}

TEST_CASE("the next poll waits for the rate limit's window before an error occurs") {
    Jitter jitter{1};
    HeadAnswer answer{NewHead{commit('b')}};
    answer.remaining = 0;
    answer.window_ends = now + minutes{20};
    const auto end = now + minutes{20};
    CHECK(within(*after_answer({}, answer, minute, now, jitter).next_poll, end + Seconds{2},
                 end + Seconds{4}));
    CHECK(limit_end(answer, now) == end);
    answer.window_ends = now + hours{48};
    CHECK(limit_end(answer, now) == now + hours{24});
    answer.remaining = 1;
    CHECK_FALSE(limit_end(answer, now));
    CHECK(*after_answer({}, answer, minute, now, jitter).next_poll < now + minutes{2});
}

TEST_CASE("a longer interval of the server is obeyed, a shorter one is not") {
    Jitter jitter{1};
    HeadAnswer answer{NewHead{commit('b')}};
    answer.poll_interval = Seconds{300};
    CHECK(*after_answer({}, answer, minute, now, jitter).next_poll >= now + minutes{4});
    answer.poll_interval = Seconds{1};
    ledger::PollState poll_state;
    poll_state.answered = now - minute;
    CHECK(*after_answer(poll_state, answer, minute, now, jitter).next_poll >=
          now + Milliseconds{54'000});
}

TEST_CASE("a head other than the processed one starts a worker") {
    ledger::PollState poll_state;
    CHECK_FALSE(due(poll_state));
    poll_state.head = commit('b');
    CHECK(due(poll_state) == commit('b'));
    poll_state.processed_head = commit('b');
    CHECK_FALSE(due(poll_state));
}

TEST_CASE("a new push is tried immediately, however the last one failed") {
    Jitter jitter{1};
    ledger::PollState poll_state;
    poll_state.head = commit('b');
    for (int i = 0; i < 6; ++i)
        poll_state = after_undecided(poll_state, minute, now, jitter);
    CHECK(poll_state.undecided == 6);
    CHECK(*poll_state.next_poll > now + minutes{5});
    CHECK(after_answer(poll_state, {NewHead{commit('b')}}, minute, now, jitter).undecided == 6);
    CHECK(after_answer(poll_state, {NewHead{commit('c')}}, minute, now, jitter).undecided == 0);
}

TEST_CASE("the polls of many hosts that start together spread evenly over the interval", "[long]") {
    constexpr int hosts = 10'000;
    std::array<int, 60> seconds{};
    const auto count = [&](TimePoint next_poll) {
        const auto second = std::chrono::floor<Seconds>(next_poll - now).count();
        REQUIRE(second >= 0);
        REQUIRE(second < 60);
        ++seconds.at(static_cast<std::size_t>(second));
    };
    ledger::PollState poll_state;
    poll_state.settings_hash = "m";
    SECTION("after a start with a schedule that has passed") {
        poll_state.next_poll = now - minutes{9};
        for (int host = 0; host < hosts; ++host) {
            Jitter jitter{static_cast<std::uint64_t>(host) * 0x9e3779b97f4a7c15U};
            count(first_poll(poll_state, "m", minute, now, jitter));
        }
    }
    SECTION("after the first answer, or the first after failures, or with new settings") {
        const bool changed = GENERATE(false, true);
        poll_state.failures = changed ? 0 : 1;
        poll_state.answered = now - hours{1};
        if (GENERATE(false, true)) poll_state.answered.reset();
        for (int host = 0; host < hosts; ++host) {
            Jitter jitter{static_cast<std::uint64_t>(host) * 0x9e3779b97f4a7c15U};
            count(*after_answer(poll_state, {NewHead{commit('b')}}, minute, now, jitter, changed)
                       .next_poll);
        }
    }
    CHECK(*std::max_element(seconds.begin(), seconds.end()) < hosts / 60 * 14 / 10);
}

}  // namespace inhaul::watch
