// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <string>
#include <string_view>

#include <inhaul/util/backoff.hpp>
#include <inhaul/util/result.hpp>
#include <inhaul/util/secret.hpp>

#include "support/catch.hpp"

namespace inhaul {
namespace {

Result<int> half(int number) {
    if (number % 2 != 0) return fail(ErrorCode::usage, "halve " + std::to_string(number) + ": odd");
    return number / 2;
}
Result<int> quarter(int number) {
    const auto halved = TRY(half(number));
    return TRY_WITHIN("quarter", half(halved));
}

}  // namespace

TEST_CASE("TRY evaluates to the value or returns the error, with the caller's intent before it") {
    CHECK(quarter(8) == 2);
    CHECK(quarter(6).error().message == "quarter: halve 3: odd");
    CHECK(quarter(5).error().message == "halve 5: odd");
}

TEST_CASE("errors of system calls distinguish full, forbidden and missing") {
    CHECK(system_error(ENOSPC, "write x").code == ErrorCode::no_space);
    CHECK(system_error(ENOSPC, "write x").transient);
    CHECK(system_error(EDQUOT, "write x").code == ErrorCode::no_space);
    CHECK(system_error(EACCES, "open x").code == ErrorCode::permission);
    CHECK(system_error(ENOENT, "open x").message == "open x: No such file or directory");
    CHECK_FALSE(system_error(EIO, "read x").transient);
}

TEST_CASE("each code has a name that is parsed back") {
    for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i)
        CHECK(error_code_from(to_string(static_cast<ErrorCode>(i))) == static_cast<ErrorCode>(i));
    CHECK(error_code_from("no such") == ErrorCode::internal);
}

TEST_CASE("each reason of an error has a name that is parsed back") {
    for (int i = 0; i <= static_cast<int>(ErrorReason::not_a_program); ++i) {
        const auto reason = static_cast<ErrorReason>(i);
        INFO(to_string(reason));
        CHECK(error_reason_from(to_string(reason)) == reason);
        CHECK((i == 0) == (to_string(reason) == "none"));
    }
    CHECK(error_reason_from("") == ErrorReason::none);
    CHECK(error_reason_from("Untrusted_Certificate") == ErrorReason::none);
}

TEST_CASE("a file that is not a program has its own reason") {
    CHECK(system_error(ENOEXEC, "run it").reason == ErrorReason::not_a_program);
    CHECK(system_error(EACCES, "run it").reason == ErrorReason::none);
}

TEST_CASE("secrets are distinguished without being shown, and redacted from texts") {
    const Secret one{"ghp_one"};
    CHECK(one.fingerprint().size() == 12);
    CHECK(one.fingerprint() == Secret{"ghp_one"}.fingerprint());
    CHECK(one.fingerprint() != Secret{"ghp_two"}.fingerprint());
    CHECK(redact("a ghp_one b ghp_one", one) == "a *** b ***");
    CHECK(redact("a", Secret{}) == "a");
    Secret from{"ghp_one"};
    const Secret to{std::move(from)};
    CHECK(to.reveal() == "ghp_one");
    CHECK(from.empty());  // NOLINT(bugprone-use-after-move): the test checks this
}

TEST_CASE("secrets with the same bytes share them") {
    const Secret one{"ghp_one"};
    const Secret again{std::string{"ghp_"} + "one"};
    const Secret copy{one};
    CHECK(&one.reveal() == &again.reveal());
    CHECK(&one.reveal() == &copy.reveal());
    CHECK(&one.reveal() != &Secret{"ghp_two"}.reveal());
    CHECK(Secret{"ghp_two"}.reveal() == "ghp_two");
}

TEST_CASE("a wipe also overwrites a short text, which is in the string object itself") {
    std::string text{"ghp_one"};
    const std::string_view room{reinterpret_cast<const char*>(&text), sizeof text};
    REQUIRE(room.find("hp_one") != std::string_view::npos);
    wipe(text);
    CHECK(text.empty());
    CHECK(room.find("hp_one") == std::string_view::npos);
}

TEST_CASE("a backoff doubles up to its cap, with jitter over its upper half") {
    Jitter jitter{3};
    for (unsigned failures = 1; failures < 40; ++failures) {
        const auto whole = std::min<std::int64_t>(1000LL << std::min(failures - 1, 30U), 60'000);
        const auto wait =
            backoff(Milliseconds{1000}, Milliseconds{60'000}, failures, jitter).count();
        CHECK(wait >= whole / 2);
        CHECK(wait <= whole);
    }
    CHECK(backoff(Milliseconds{9000}, Milliseconds{1000}, 1, jitter) >= Milliseconds{4500});
}

TEST_CASE("jitter is uniform, and another seed gives other numbers") {
    Jitter one{1};
    Jitter other{2};
    double sum = 0;
    bool same = true;
    for (int i = 0; i < 10'000; ++i) {
        const auto value = one.next();
        REQUIRE(value >= 0);
        REQUIRE(value < 1);
        sum += value;
        same = same && value == other.next();
    }
    CHECK(sum > 4800);
    CHECK(sum < 5200);
    CHECK_FALSE(same);
}

}  // namespace inhaul
