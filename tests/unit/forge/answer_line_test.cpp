#include <inhaul/forge/git_remote.hpp>

#include "question.hpp"
#include "support/catch.hpp"

using namespace inhaul;
using forge::format_answer;
using forge::parse_answer;

namespace {

CannotTell told(const Error& error) {
    return std::get<CannotTell>(parse_answer(format_answer(fail(error))).what);
}

}  // namespace

TEST_CASE("a head comes through the child's line unchanged") {
    for (const auto size : {40U, 64U}) {
        const auto commit = test::commit(std::string(size, 'c'));
        const auto line = format_answer(commit);
        CHECK(line.find('\n') == std::string::npos);
        CHECK(std::get<NewHead>(parse_answer(line + "\n").what).commit == commit);
    }
}

TEST_CASE("an error comes through with its message and hint, and the trouble that it means") {
    struct Row {
        Error error;
        Trouble trouble;
    };
    const auto row = GENERATE(values<Row>({
        {{ErrorCode::network, "connect to x: refused", {}, true}, Trouble::unreachable},
        {{ErrorCode::timeout, "connect to x: timed out", {}, true}, Trouble::unreachable},
        {{ErrorCode::authentication, "log in to x: token refused"}, Trouble::bad_token},
        {{ErrorCode::authentication, "TLS with x: certificate not trusted"}, Trouble::untrusted},
        {{ErrorCode::authentication, "ssh to x: the host's key is not known"}, Trouble::untrusted},
        {{ErrorCode::not_found, "x has no branch main"}, Trouble::no_branch},
        {{ErrorCode::not_found, "x is empty: nothing pushed"}, Trouble::empty_repository},
        {{ErrorCode::not_found, "ssh to x: repository branch/app not found"}, Trouble::no_access},
        {{ErrorCode::protocol, "x: not a git server"}, Trouble::nonsense},
        {{ErrorCode::permission, "open /k: permission denied"}, Trouble::local},
        {{ErrorCode::configuration, "read /t: the file is empty"}, Trouble::local},
        {{ErrorCode::internal, "out of memory", {}, true}, Trouble::unreachable},
    }));
    CAPTURE(row.error.message);
    auto error = row.error;
    error.hint = "Do something.";
    const auto answer = told(error);
    CHECK(answer.trouble == row.trouble);
    CHECK(answer.message == error.message);
    CHECK(answer.hint == error.hint);
}

TEST_CASE("bytes that are no text stay one line that can be read back") {
    const auto line = format_answer(fail(ErrorCode::network, "bad \xFF\xFE\n\"quoted\""));
    CHECK(line.find('\n') == std::string::npos);
    const auto answer = std::get<CannotTell>(parse_answer(line).what);
    CHECK(answer.trouble == Trouble::unreachable);
    CHECK(answer.message.find("\"quoted\"") != std::string::npos);
}

TEST_CASE("a line that is no answer is a trouble of this host, never a head") {
    for (const auto* line :
         {"", "\n", "null", "[]", "{}", "{", "garbage", "{\"head\":null}", "{\"head\":\"main\"}",
          "{\"head\":\"aaaa\"}", "{\"error\":{}}", "{\"error\":\"x\"}",
          "{\"error\":{\"code\":7,\"message\":[]}}", "{\"head\":\"a\"}{\"head\":\"b\"}"}) {
        CAPTURE(line);
        const auto answer = parse_answer(line);
        REQUIRE(std::holds_alternative<CannotTell>(answer.what));
        CHECK(std::get<CannotTell>(answer.what).trouble == Trouble::local);
        CHECK_FALSE(std::get<CannotTell>(answer.what).message.empty());
    }
}

TEST_CASE("each trouble has a name of its own that leads back to it") {
    for (const auto trouble :
         {Trouble::unreachable, Trouble::server_error, Trouble::no_access,
          Trouble::empty_repository, Trouble::no_branch, Trouble::bad_token, Trouble::sso_required,
          Trouble::forbidden, Trouble::rate_limited, Trouble::legal_block, Trouble::api_version,
          Trouble::untrusted, Trouble::nonsense, Trouble::local}) {
        CAPTURE(to_string(trouble));
        CHECK(trouble_from(to_string(trouble)) == trouble);
    }
    CHECK_FALSE(trouble_from("unknown"));
    CHECK_FALSE(trouble_from(""));
}
