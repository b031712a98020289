// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/git_remote.hpp>

#include "request.hpp"
#include "support/catch.hpp"

using namespace inhaul;
using forge::format_answer;
using forge::parse_answer;

namespace {

const TimePoint read_at{Seconds{1'795'000'000}};

PollError poll_error_after(const Error& error) {
    return std::get<PollError>(parse_answer(format_answer(fail(error)), read_at).what);
}

Error because(ErrorCode code, ErrorReason reason) {
    return {.code = code, .message = "some words", .reason = reason};
}

}  // namespace

TEST_CASE("a head passes through the child's line unchanged") {
    for (const auto size : {40U, 64U}) {
        const auto commit = test::commit(std::string(size, 'c'));
        const auto line = format_answer(commit);
        CHECK(line.find('\n') == std::string::npos);
        CHECK(std::get<NewHead>(parse_answer(line + "\n", read_at).what).commit == commit);
    }
}

TEST_CASE("an error passes through with its message, hint and poll error") {
    struct Row {
        Error error;
        PollErrorKind kind;
    };
    const auto row = GENERATE(values<Row>({
        {{ErrorCode::network, "connect to x: refused", {}, true}, PollErrorKind::unreachable},
        {{ErrorCode::timeout, "connect to x: timed out", {}, true}, PollErrorKind::unreachable},
        {{ErrorCode::authentication, "log in to x: token refused"}, PollErrorKind::bad_token},
        {because(ErrorCode::authentication, ErrorReason::untrusted_certificate),
         PollErrorKind::untrusted},
        {because(ErrorCode::authentication, ErrorReason::untrusted_host_key),
         PollErrorKind::untrusted},
        {because(ErrorCode::authentication, ErrorReason::login_required),
         PollErrorKind::login_required},
        {because(ErrorCode::authentication, ErrorReason::key_refused), PollErrorKind::key_refused},
        {because(ErrorCode::authentication, ErrorReason::forbidden), PollErrorKind::forbidden},
        {because(ErrorCode::network, ErrorReason::rate_limited), PollErrorKind::rate_limited},
        {because(ErrorCode::network, ErrorReason::server_error), PollErrorKind::server_error},
        {because(ErrorCode::not_found, ErrorReason::no_branch), PollErrorKind::no_branch},
        {because(ErrorCode::not_found, ErrorReason::empty_repository),
         PollErrorKind::empty_repository},
        {because(ErrorCode::network, ErrorReason::unknown_host), PollErrorKind::unreachable},
        {{ErrorCode::not_found, "ssh to x: repository branch/app not found"},
         PollErrorKind::no_access},
        {{ErrorCode::protocol, "x: not a git server"}, PollErrorKind::invalid_answer},
        {{ErrorCode::permission, "open /k: permission denied"}, PollErrorKind::local},
        {{ErrorCode::configuration, "read /t: the file is empty"}, PollErrorKind::local},
        {{ErrorCode::internal, "out of memory", {}, true}, PollErrorKind::unreachable},
    }));
    CAPTURE(row.error.message);
    auto error = row.error;
    error.hint = "Do something.";
    const auto answer = poll_error_after(error);
    CHECK(answer.kind == row.kind);
    CHECK(answer.message == error.message);
    CHECK(answer.hint == error.hint);
}

TEST_CASE("the wait that a server demands passes through the child's line, at most a day") {
    Error error{ErrorCode::network, "too many requests", {}, true};
    CHECK_FALSE(poll_error_after(error).not_before);
    error.retry_after = Seconds{120};
    CHECK(poll_error_after(error).not_before == read_at + Seconds{120});
    error.retry_after = Seconds::max();
    CHECK(poll_error_after(error).not_before == read_at + Seconds{86'400});
    for (const auto* wait : {"-1", "1.5", "\"7\"", "null", "[]", "99999999999999999999999"}) {
        CAPTURE(wait);
        const auto line = R"({"error":{"message":"busy","retry_after":)" + std::string{wait} + "}}";
        CHECK_FALSE(std::get<PollError>(parse_answer(line, read_at).what).not_before);
    }
}

TEST_CASE("the words of a message decide nothing") {
    for (const auto* words :
         {"fetch https://github.com/octocat/certificates: the token is refused (401)",
          "fetch https://x/the host's key.git: access is denied (403)", "x/is empty.git is missing",
          "no repository at x/has no branch", "look up certificate: no address found"}) {
        CAPTURE(words);
        CHECK(poll_error_after({ErrorCode::authentication, words}).kind ==
              PollErrorKind::bad_token);
        CHECK(poll_error_after({ErrorCode::not_found, words}).kind == PollErrorKind::no_access);
        CHECK(poll_error_after({ErrorCode::network, words}).kind == PollErrorKind::unreachable);
    }
    auto branch = because(ErrorCode::not_found, ErrorReason::no_branch);
    branch.message = "x has no branch is empty";
    CHECK(poll_error_after(branch).kind == PollErrorKind::no_branch);
}

TEST_CASE("a line without a known reason has the poll error of its code") {
    for (const auto* reason :
         {"", R"(,"reason":"none")", R"(,"reason":"later")", R"(,"reason":7)"}) {
        CAPTURE(reason);
        const auto line =
            std::string{R"({"error":{"code":"authentication","message":"a certificate")"} + reason +
            "}}";
        CHECK(std::get<PollError>(parse_answer(line, read_at).what).kind ==
              PollErrorKind::bad_token);
    }
}

TEST_CASE("invalid UTF-8 stays one line that can be parsed") {
    const auto line = format_answer(fail(ErrorCode::network, "bad \xFF\xFE\n\"quoted\""));
    CHECK(line.find('\n') == std::string::npos);
    const auto answer = std::get<PollError>(parse_answer(line, read_at).what);
    CHECK(answer.kind == PollErrorKind::unreachable);
    CHECK(answer.message.find("\"quoted\"") != std::string::npos);
}

TEST_CASE("an invalid line is a local error, never a head") {
    for (const auto* line :
         {"", "\n", "null", "[]", "{}", "{", "garbage", "{\"head\":null}", "{\"head\":\"main\"}",
          "{\"head\":\"aaaa\"}", "{\"error\":{}}", "{\"error\":\"x\"}",
          "{\"error\":{\"code\":7,\"message\":[]}}", "{\"head\":\"a\"}{\"head\":\"b\"}"}) {
        CAPTURE(line);
        const auto answer = parse_answer(line, read_at);
        REQUIRE(std::holds_alternative<PollError>(answer.what));
        CHECK(std::get<PollError>(answer.what).kind == PollErrorKind::local);
        CHECK_FALSE(std::get<PollError>(answer.what).message.empty());
    }
}

TEST_CASE("each poll error has its own name that is parsed back") {
    for (const auto poll_error :
         {PollErrorKind::unreachable, PollErrorKind::server_error, PollErrorKind::no_access,
          PollErrorKind::empty_repository, PollErrorKind::no_branch, PollErrorKind::bad_token,
          PollErrorKind::login_required, PollErrorKind::key_refused, PollErrorKind::sso_required,
          PollErrorKind::forbidden, PollErrorKind::rate_limited, PollErrorKind::legal_block,
          PollErrorKind::api_version, PollErrorKind::untrusted, PollErrorKind::invalid_answer,
          PollErrorKind::local}) {
        CAPTURE(to_string(poll_error));
        CHECK(poll_error_kind_from(to_string(poll_error)) == poll_error);
    }
    CHECK_FALSE(poll_error_kind_from("unknown"));
    CHECK_FALSE(poll_error_kind_from(""));
}
