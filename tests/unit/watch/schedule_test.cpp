// SPDX-License-Identifier: Apache-2.0
#include <inhaul/watch/schedule.hpp>

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

TEST_CASE("an app with a token is asked at its own interval, however many share it") {
    CHECK(effective_interval(test::settings("shop"), false, 100) == minute);
}

TEST_CASE("anonymous apps together stay inside fifty requests an hour") {
    const auto settings = test::settings("shop");
    for (const std::size_t sharing : {1U, 2U, 7U}) {
        const auto interval = effective_interval(settings, true, sharing);
        CHECK(hours{1} / interval * static_cast<std::int64_t>(sharing) <= 50);
    }
    auto slow = settings;
    slow.poll_interval = hours{2};
    CHECK(effective_interval(slow, true, 1) == hours{2});
}

TEST_CASE("a stored schedule is kept, so that a crash loop does not ask more often") {
    ledger::Watch watch;
    watch.settings_hash = "m";
    watch.next_poll = now + minutes{9};
    CHECK(first_poll(watch, "m", minute, now) == now + minutes{9});
    watch.next_poll = now - minutes{9};
    CHECK(first_poll(watch, "m", minute, now) == now);
}

TEST_CASE("new settings or a new token are a reason to ask at once") {
    ledger::Watch watch;
    CHECK(first_poll(watch, "m", minute, now) == now);
    watch.settings_hash = "old";
    watch.next_poll = now + minutes{9};
    CHECK(first_poll(watch, "m", minute, now) == now);
}

TEST_CASE("a schedule from a clock that was wrong is not believed") {
    ledger::Watch watch;
    watch.settings_hash = "m";
    watch.next_poll = now + hours{24 * 365};
    CHECK(first_poll(watch, "m", minute, now) == now + minute);
}

TEST_CASE("an answer ends all trouble and is noted with its time") {
    ledger::Watch watch;
    watch.poll_error = poll_error(PollErrorKind::unreachable);
    watch.failures = 4;
    watch.answered = now - hours{5};
    Jitter jitter{1};
    const auto after = after_answer(watch, {NewHead{commit('b')}}, minute, now, jitter);
    CHECK(after.head == commit('b'));
    CHECK(after.answered == now);
    CHECK(after.failures == 0);
    CHECK_FALSE(after.poll_error);
    CHECK(within(*after.next_poll, now + minute * 9 / 10, now + minute * 11 / 10));
}

TEST_CASE("unmoved means that the head is what was decided on") {
    ledger::Watch watch;
    watch.processed_head = commit('a');
    Jitter jitter{1};
    const auto after = after_answer(watch, {NotModified{}}, minute, now, jitter);
    CHECK(after.head == commit('a'));
    CHECK_FALSE(due(after));
}

TEST_CASE("trouble keeps the last real answer and its time") {
    ledger::Watch watch;
    watch.head = watch.processed_head = commit('a');
    watch.answered = now - hours{1};
    Jitter jitter{1};
    const auto after =
        after_answer(watch, {poll_error(PollErrorKind::bad_token)}, minute, now, jitter);
    CHECK(after.answered == now - hours{1});
    CHECK(after.head == commit('a'));
    CHECK(after.poll_error->kind == PollErrorKind::bad_token);
    CHECK(after.poll_error_since == now);
}

TEST_CASE("a repeated poll error keeps its start time, and another kind of error sets a new one") {
    Jitter jitter{1};
    auto watch = after_answer({}, {poll_error(PollErrorKind::unreachable)}, minute, now, jitter);
    watch = after_answer(watch, {poll_error(PollErrorKind::unreachable)}, minute, now + minutes{5},
                         jitter);
    CHECK(watch.poll_error_since == now);
    watch = after_answer(watch, {poll_error(PollErrorKind::server_error)}, minute, now + minutes{9},
                         jitter);
    CHECK(watch.poll_error_since == now + minutes{9});
}

TEST_CASE("failures in a row are asked after less and less often, up to a cap") {
    Jitter jitter{7};
    ledger::Watch watch;
    Milliseconds longest{0};
    for (unsigned failure = 1; failure <= 20; ++failure) {
        watch = after_answer(watch, {poll_error(PollErrorKind::server_error)}, minute, now, jitter);
        CHECK(watch.failures == failure);
        const auto wait = *watch.next_poll - now;
        CHECK(wait >= minute / 2);
        CHECK(wait <= backoff_cap);
        longest = std::max(longest, Milliseconds{wait});
    }
    CHECK(longest > backoff_cap / 2);
}

TEST_CASE("what the server asks for is obeyed, but never for more than a day") {
    Jitter jitter{1};
    auto limited = poll_error(PollErrorKind::rate_limited);
    limited.not_before = now + minutes{47};
    auto watch = after_answer({}, {limited}, minute, now, jitter);
    CHECK(within(*watch.next_poll, now + minutes{47}, now + minutes{48}));
    limited.not_before = now + hours{24 * 3650};
    watch = after_answer({}, {limited}, minute, now, jitter);
    CHECK(*watch.next_poll <= now + hours{25});
}

TEST_CASE("an exhausted window is waited for before it is an error") {
    Jitter jitter{1};
    HeadAnswer answer{NewHead{commit('b')}};
    answer.remaining = 0;
    answer.window_ends = now + minutes{20};
    CHECK(*after_answer({}, answer, minute, now, jitter).next_poll == now + minutes{20});
    answer.remaining = 1;
    CHECK(*after_answer({}, answer, minute, now, jitter).next_poll < now + minutes{2});
}

TEST_CASE("a longer interval that the server asks for is kept to, a shorter one is not") {
    Jitter jitter{1};
    HeadAnswer answer{NewHead{commit('b')}};
    answer.poll_interval = Seconds{300};
    CHECK(*after_answer({}, answer, minute, now, jitter).next_poll >= now + minutes{4});
    answer.poll_interval = Seconds{1};
    CHECK(*after_answer({}, answer, minute, now, jitter).next_poll >= now + Milliseconds{54'000});
}

TEST_CASE("a head that differs from the decided one calls for a worker") {
    ledger::Watch watch;
    CHECK_FALSE(due(watch));
    watch.head = commit('b');
    CHECK(due(watch) == commit('b'));
    watch.processed_head = commit('b');
    CHECK_FALSE(due(watch));
}

TEST_CASE("a new push is tried at once, however badly the last one went") {
    Jitter jitter{1};
    ledger::Watch watch;
    watch.head = commit('b');
    for (int i = 0; i < 6; ++i)
        watch = after_undecided(watch, minute, now, jitter);
    CHECK(watch.undecided == 6);
    CHECK(*watch.next_poll > now + minutes{5});
    CHECK(after_answer(watch, {NewHead{commit('b')}}, minute, now, jitter).undecided == 6);
    CHECK(after_answer(watch, {NewHead{commit('c')}}, minute, now, jitter).undecided == 0);
}

}  // namespace inhaul::watch
