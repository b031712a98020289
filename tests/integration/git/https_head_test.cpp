// SPDX-License-Identifier: Apache-2.0
#include "over_https.hpp"
#include "polled_heads.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

/// The agent's poll of nginx with git-http-backend.
struct HttpsHead : OverHttps, AskedHeads {
    HttpsHead() {
        settings.token_file = temporary.path / "token";
        write_token(https_token);
        settings.ca_file = server["ca"];
        use("url");
    }
    void use(const std::string& base) { settings.git_url = server[base] + "app.git"; }
    void write_token(const std::string& text) const {
        write_file(*settings.token_file, text + "\n");
        fs::permissions(*settings.token_file, fs::perms::owner_read | fs::perms::owner_write);
    }
    CommitId poll() { return AskedHeads::head(settings); }
    Error refusal() { return error(settings); }
    /// Returns the error of a child that polls the same.
    [[nodiscard]] Error of_child() const {
        return error_of(git::remote_head(must(git::access_for(settings)), settings.branch));
    }

    Settings settings{.app = AppName::parse("shop").value(), .branch = main_branch};
};

std::string connection_of(const std::string& line) {
    const auto at = line.find("connection=");
    return line.substr(at, line.find(' ', at) - at);
}

}  // namespace

TEST_CASE_METHOD(HttpsHead, "each poll over https is one POST, all on one connection") {
    for (int i = 0; i < 5; ++i)
        CHECK(poll() == OverHttps::head);
    const auto lines = requests();
    REQUIRE(lines.size() == 5);
    for (const auto& line : lines) {
        CHECK_THAT(line, ContainsSubstring("POST /app.git/git-upload-pack") &&
                             ContainsSubstring("version=2"));
        CHECK(connection_of(line) == connection_of(lines.front()));
    }
}

TEST_CASE_METHOD(HttpsHead, "each kind of new head is found between two polls on one connection") {
    CHECK(poll() == OverHttps::head);
    const auto second = upstream.publish("a", "2\n");
    CHECK(poll() == second);
    (void)run_git(upstream.bare, {"pack-refs", "--all"});
    CHECK(poll() == second);
    (void)run_git(upstream.bare, {"update-ref", "refs/heads/main", OverHttps::head.hex()});
    CHECK(poll() == OverHttps::head);
    (void)run_git(upstream.bare, {"update-ref", "-d", "refs/heads/main"});
    CHECK(refusal().reason == ErrorReason::empty_repository);
    (void)run_git(upstream.bare, {"update-ref", "refs/heads/other", second.hex()});
    CHECK(refusal().reason == ErrorReason::no_branch);
    (void)run_git(upstream.bare, {"update-ref", "refs/heads/main", second.hex()});
    CHECK(poll() == second);
}

TEST_CASE_METHOD(HttpsHead, "a branch is found among thousands with the same prefix") {
    std::string refs;
    for (int i = 0; i < 5000; ++i)
        refs += "create refs/heads/main-" + std::to_string(i) + " " + OverHttps::head.hex() + "\n";
    write_file(temporary.path / "refs", refs);
    must_run({"sh", "-c",
              "git --git-dir='" + upstream.bare.string() + "' update-ref --stdin <'" +
                  (temporary.path / "refs").string() + "'"});
    CHECK(poll() == OverHttps::head);
    settings.branch = BranchName::parse("mai").value();
    CHECK(refusal().reason == ErrorReason::no_branch);
}

TEST_CASE_METHOD(HttpsHead, "a renamed repository is followed by POST, and then polled directly") {
    use("moved_url");
    for (int i = 0; i < 3; ++i) {
        const auto answer = ask(settings);
        REQUIRE(answer);
        CHECK(must(answer->commit) == OverHttps::head);
        CHECK(answer->moved_to == server["url"] + "app.git");
    }
    CHECK(asked("POST /moved/app.git") == 1);
    CHECK(asked("POST /app.git") == 3);
    CHECK(requests().size() == 4);
    SECTION("until it is renamed again") {
        fs::rename(upstream.bare, upstream.bare.string() + ".away");
        CHECK(refusal().code == ErrorCode::not_found);
        fs::rename(upstream.bare.string() + ".away", upstream.bare);
        CHECK(poll() == OverHttps::head);
        CHECK(asked("POST /moved/app.git") == 2);
    }
    SECTION("until the settings are reloaded") {
        heads->reset();
        CHECK(poll() == OverHttps::head);
        CHECK(asked("POST /moved/app.git") == 2);
    }
}

TEST_CASE_METHOD(HttpsHead, "a forge without a service at a URL without .git is polled with .git") {
    settings.git_url = server["forge_url"] + "app";
    for (int i = 0; i < 3; ++i) {
        const auto answer = ask(settings);
        REQUIRE(answer);
        CHECK(must(answer->commit) == OverHttps::head);
        // The repository has not moved.
        CHECK_FALSE(answer->moved_to);
    }
    CHECK(asked("POST /forge/app/") == 1);
    CHECK(asked("GET /forge/app/") == 1);
    CHECK(asked("POST /forge/app.git/") == 3);
    CHECK(asked("/forge/") == 5);
}

TEST_CASE_METHOD(HttpsHead,
                 "a poll of a missing repository costs at most one request for its refs") {
    SECTION("nothing is redirected") {
        settings.git_url = server.url("nothing.git");
        for (int i = 0; i < 2; ++i)
            CHECK(refusal().code == ErrorCode::not_found);
        CHECK(asked("POST /nothing.git/") == 2);
        CHECK(asked("GET /nothing.git/") == 2);
        CHECK(asked("/nothing.git/") == 4);
    }
    SECTION("the forge redirects each name") {
        settings.git_url = server["forge_url"] + "nothing";
        CHECK(refusal() == of_child());
        CHECK(asked("/forge/nothing") == 6);
    }
    SECTION("to a page") {
        use("signin_url");
        const auto error = refusal();
        CHECK(error == of_child());
        CHECK(error.code == ErrorCode::not_found);
        CHECK(asked("/users/") == 0);
        CHECK(asked("/signin/") == 4);
    }
}

TEST_CASE_METHOD(HttpsHead, "a redirect to another host is not followed, with or without a token") {
    use("elsewhere_url");
    if (GENERATE(true, false)) settings.token_file.reset();
    const auto error = refusal();
    CHECK(error == of_child());
    CHECK_THAT(error.message, ContainsSubstring("redirects to"));
    CHECK(asked("elsewhere.localhost \"") == 0);
}

TEST_CASE_METHOD(HttpsHead, "each refusal of a server has the same message as with the child") {
    const auto* const status = GENERATE("401", "403", "404", "410", "429", "500", "503");
    CAPTURE(status);
    settings.git_url = server["says_url"] + status + "/app.git";
    if (GENERATE(true, false)) settings.token_file.reset();
    const auto error = refusal();
    CHECK(error == of_child());
    CHECK_THAT(error.message, ContainsSubstring(status));
    CHECK_THAT(error.message, ContainsSubstring("as you say"));
}

TEST_CASE_METHOD(HttpsHead, "a wrong token, authority and port have their own messages") {
    SECTION("a wrong token") {
        write_token("ghp_wrongwrongwrong");
        CHECK(refusal() == of_child());
        write_token(https_token);
        CHECK(poll() == OverHttps::head);
    }
    SECTION("an unreadable token") {
        fs::permissions(*settings.token_file, fs::perms::others_read, fs::perm_options::add);
        CHECK_THAT(refusal().message, ContainsSubstring("token"));
    }
    SECTION("an authority that did not sign the certificate") {
        settings.ca_file = server["other_ca"];
        CHECK(refusal() == of_child());
        CHECK(refusal().reason == ErrorReason::untrusted_certificate);
        CHECK(asked("Basic") == 0);
    }
    SECTION("a closed port") {
        settings.git_url = "https://localhost:" + std::to_string(free_port()) + "/app.git";
        CHECK(refusal() == of_child());
    }
    SECTION("an unknown host") {
        settings.git_url = "https://nowhere.invalid/app.git";
        CHECK(refusal().reason == ErrorReason::unknown_host);
    }
    SECTION("a missing repository") {
        settings.git_url = server.url("nothing.git");
        const auto found = refusal();
        CHECK(found.code == ErrorCode::not_found);
        CHECK(found == of_child());
    }
}

TEST_CASE_METHOD(HttpsHead, "a server without version 2, or with a page, is polled by the child") {
    const auto* const base = GENERATE("old_url", "page_url");
    CAPTURE(base);
    use(base);
    CHECK_FALSE(ask(settings));
    settings.git_url = server["says_url"] + "400/app.git";
    CHECK_FALSE(ask(settings));
    settings.git_url = upstream.bare.string();
    CHECK_FALSE(ask(settings));
}

TEST_CASE_METHOD(HttpsHead, "a truncated or missing answer is an error, and the next poll works") {
    CHECK(poll() == OverHttps::head);
    SECTION("cut") {
        write_file(server["fault"], "cut 100\n");
        const auto answer = ask(settings);
        CHECK((!answer || !answer->commit));
    }
    SECTION("silent") {
        heads = make(Milliseconds{1000});
        write_file(server["fault"], "stall 100\n");
        CHECK(refusal().code == ErrorCode::timeout);
    }
    write_file(server["fault"], "\n");
    heads = make(Seconds{30});
    CHECK(poll() == OverHttps::head);
}

TEST_CASE_METHOD(HttpsHead,
                 "the connection is also kept with TLS 1.2 and 1.3, HTTP/1.1 and plain HTTP") {
    use(GENERATE("tls12_url", "tls13_url", "http1_url", "http_url", "address_url"));
    CHECK(poll() == OverHttps::head);
    CHECK(poll() == OverHttps::head);
    const auto lines = requests();
    REQUIRE(lines.size() == 2);
    CHECK(connection_of(lines[0]) == connection_of(lines[1]));
}
