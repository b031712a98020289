// SPDX-License-Identifier: Apache-2.0
#include <git/transport/ssh_command.hpp>
#include "support/catch.hpp"

using namespace inhaul;

namespace {

Error of(const std::string& said) {
    return git::ssh_error(
        {.url = "ssh://git@git.example/octocat/app.git", .known_hosts = "/etc/inhaul/known_hosts"},
        said);
}

}  // namespace

TEST_CASE("each error of ssh has a code and a reason") {
    struct Row {
        const char* said;
        ErrorCode code;
        ErrorReason reason;
    };
    constexpr auto none = ErrorReason::none;
    constexpr auto key_refused = ErrorReason::key_refused;
    constexpr auto host_key = ErrorReason::untrusted_host_key;
    for (
        const auto& [said, code, reason] : std::initializer_list<Row>{
            {"Host key verification failed.\r\n", ErrorCode::authentication, host_key},
            {"No ED25519 host key is known for git.example and you have requested strict "
             "checking.\r\nHost key verification failed.\r\n",
             ErrorCode::authentication, host_key},
            {"@@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@\n",
             ErrorCode::authentication, host_key},
            {"@@@@@@\r\n@       WARNING: REVOKED HOST KEY DETECTED!               @\r\n@@@@@@\r\n",
             ErrorCode::authentication, host_key},
            {"git@git.example: Permission denied (publickey).\r\n", ErrorCode::authentication,
             key_refused},
            {"Permission denied, please try again.\n", ErrorCode::authentication, key_refused},
            {"ERROR: Repository not found.\nfatal: Could not read from remote repository.\n",
             ErrorCode::not_found, none},
            {"remote: ERROR: The project you were looking for could not be found or you don't have "
             "permission to view it.\n",
             ErrorCode::not_found, none},
            {"fatal: '/srv/app.git' does not appear to be a git repository\n", ErrorCode::not_found,
             none},
            {"bash: line 1: git-upload-pack: command not found\n", ErrorCode::protocol, none},
            {"sh: 1: git-upload-pack: not found\n", ErrorCode::protocol, none},
            {"fatal: unrecognized command 'git-upload-pack'\n", ErrorCode::protocol, none},
            {"ssh: Could not resolve hostname git.example: Name or service not known\r\n",
             ErrorCode::network, ErrorReason::unknown_host},
            {"ssh: connect to host git.example port 22: Connection timed out\r\n",
             ErrorCode::timeout, none},
            {"Timeout, server git.example not responding.\r\n", ErrorCode::timeout, none},
            {"ssh: connect to host git.example port 22: Connection refused\r\n", ErrorCode::network,
             none},
            {"", ErrorCode::network, none}}) {
        INFO(said);
        const auto error = of(said);
        CHECK(error.code == code);
        CHECK(error.reason == reason);
        CHECK(error.transient == (code == ErrorCode::network || code == ErrorCode::timeout));
    }
}

TEST_CASE("a path in a message of ssh decides nothing, whatever its name") {
    for (const auto* name :
         {"Permission denied", "timed out", "Host key verification failed", "command not found",
          "Could not resolve hostname", "REVOKED HOST KEY", "host key is known for",
          "HOST IDENTIFICATION HAS CHANGED", "unrecognized command", "Timeout, server"}) {
        INFO(name);
        const auto missing =
            of(std::string{"fatal: '/srv/"} + name + "' does not appear to be a git repository\n");
        CHECK(missing.code == ErrorCode::not_found);
        CHECK(missing.reason == ErrorReason::none);
        const auto broken = of(std::string{"fatal: loose object abc (stored in /srv/"} + name +
                               "/objects/ab/c) is corrupt\n");
        CHECK(broken.code == ErrorCode::network);
        CHECK(broken.reason == ErrorReason::none);
    }
}
