// SPDX-License-Identifier: Apache-2.0
#include "over_https.hpp"

using namespace inhaul;
using namespace inhaul::test;

TEST_CASE("a private repository is fetched over https with a token") {
    const OverHttps place;
    CHECK(must(place.fetch(place.https())) == place.head);
    CHECK(must(git::remote_head(place.https(), main_branch)) == place.head);
    // base64 of "x-access-token:"
    CHECK(place.asked("Basic eC1hY2Nlc3MtdG9rZW46") > 0);
    const auto config = content_of(place.directory / ".git" / "config");
    CHECK(config.find(https_token) == std::string::npos);
    CHECK(config.find("x-access-token") == std::string::npos);
    CHECK_THAT(config, ContainsSubstring(place.server["url"] + "app.git"));
}

TEST_CASE("a public repository is fetched over https without a token") {
    const OverHttps place{{}};
    auto access = place.https();
    access.token.reset();
    CHECK(must(place.fetch(access)) == place.head);
    CHECK(place.asked("Basic") == 0);
}

TEST_CASE("the token may be sent over plain http to this host") {
    const OverHttps place;
    CHECK(must(place.fetch(place.https("http_url"))) == place.head);
}

TEST_CASE("a wrong token fails once, with the status and the host, and is never shown") {
    const OverHttps place;
    auto access = place.https();
    access.token = Secret{"ghp_wrongwrongwrong"};
    const auto error = error_of(place.fetch(access));
    CHECK(error.code == ErrorCode::authentication);
    CHECK_FALSE(error.transient);
    CHECK_THAT(error.message, ContainsSubstring("401"));
    CHECK_THAT(error.message, ContainsSubstring("localhost"));
    CHECK_THAT(error.message, ContainsSubstring("token"));
    CHECK_FALSE(error.hint.empty());
    CHECK((error.message + error.hint).find("ghp_wrong") == std::string::npos);
    CHECK(place.asked("Basic") == 1);
}

TEST_CASE("a private repository without a token fails with a hint") {
    const OverHttps place;
    auto access = place.https();
    access.token.reset();
    const auto error = error_of(place.fetch(access));
    CHECK(error.code == ErrorCode::authentication);
    CHECK_THAT(error.message, ContainsSubstring("401"));
    CHECK_THAT(error.hint, ContainsSubstring("token_file"));
}

TEST_CASE("an untrusted certificate is refused before the token is sent") {
    const OverHttps place;
    auto access = place.https();
    access.ca_file = place.server["other_ca"];
    const auto error = error_of(place.fetch(access));
    CHECK(error.code == ErrorCode::authentication);
    CHECK_FALSE(error.transient);
    CHECK_THAT(error.message, ContainsSubstring("localhost"));
    CHECK_THAT(error.message, ContainsSubstring("certificate"));
    CHECK_THAT(error.hint, ContainsSubstring("ca_file"));
    CHECK(place.asked("Basic") == 0);
}

TEST_CASE("a missing file of an authority is named") {
    const OverHttps place;
    auto access = place.https();
    access.ca_file = place.temporary.path / "missing.pem";
    const auto error = error_of(place.fetch(access));
    CHECK_THAT(error.message, ContainsSubstring("missing.pem"));
    CHECK_FALSE(error.transient);
}

TEST_CASE("a redirect to another host is not followed, and the token is not sent") {
    const OverHttps place;
    const auto error = error_of(place.fetch(place.https("elsewhere_url")));
    CHECK(place.asked("elsewhere.localhost \"") == 0);
    CHECK_THAT(error.message, ContainsSubstring("redirect"));
    CHECK_FALSE(error.transient);
    CHECK_FALSE(error.hint.empty());
}

TEST_CASE("a redirect on the same host is followed, with the token") {
    const OverHttps place;
    CHECK(must(place.fetch(place.https("moved_url"))) == place.head);
    CHECK(must(git::remote_head(place.https("moved_url"), main_branch)) == place.head);
    CHECK_THAT(content_of(place.directory / ".git" / "config"),
               ContainsSubstring(place.server["moved_url"]));
}

TEST_CASE("a URL without .git is fetched from a forge that has the service only with .git") {
    const OverHttps place;
    auto access = place.https("forge_url");
    access.url = place.server["forge_url"] + "app";
    SECTION("by its branch") {
        CHECK(must(place.fetch(access)) == place.head);
        CHECK(must(git::remote_head(access, main_branch)) == place.head);
        CHECK(place.asked("GET /forge/app/info/refs?service=git-upload-pack") == 2);
    }
    SECTION("by a commit that the forge reported, without a ref listing") {
        CHECK(must(place.fetch(access, place.head)) == place.head);
        CHECK(place.asked("GET /forge/app/info/refs?service=git-upload-pack") == 1);
    }
    SECTION("with a final slash") {
        access.url += '/';
        CHECK(must(place.fetch(access)) == place.head);
    }
    CHECK(place.asked("GET /forge/app.git") == 0);
}

TEST_CASE("a missing repository of such a forge has the error of the forge") {
    const OverHttps place;
    auto access = place.https("forge_url");
    access.url = place.server["forge_url"] + "nothing";
    const auto error = error_of(place.fetch(access));
    CHECK(error.code == ErrorCode::not_found);
    CHECK_THAT(error.message, ContainsSubstring("no such repository (404)"));
    CHECK(place.asked("/nothing") == 3);
}

TEST_CASE("a redirect of the refs to a page does not replace the first error") {
    const OverHttps place;
    const auto error = error_of(place.fetch(place.https("signin_url")));
    CHECK(error.code == ErrorCode::not_found);
    CHECK_THAT(error.message, ContainsSubstring("no such repository (404)"));
    CHECK_THAT(error.hint, ContainsSubstring("Check the URL"));
    CHECK(place.asked("/signin/") == 2);
    CHECK(place.asked("/users/") == 0);
}

TEST_CASE("a missing repository is not found over https") {
    const OverHttps place;
    auto access = place.https();
    access.url = place.server.url("nothing.git");
    const auto error = error_of(place.fetch(access));
    CHECK(error.code == ErrorCode::not_found);
    CHECK_FALSE(error.transient);
    CHECK_THAT(error.message, ContainsSubstring("nothing.git"));
}

TEST_CASE("a closed port is a network error over https") {
    const OverHttps place;
    auto access = place.https();
    access.url = "https://localhost:" + std::to_string(free_port()) + "/app.git";
    const auto error = error_of(place.fetch(access));
    CHECK(error.code == ErrorCode::network);
    CHECK(error.transient);
}

TEST_CASE("TLS 1.2 and 1.3, HTTP/1.1 and 2, and a certificate for an address all work") {
    const OverHttps place;
    const auto* const server =
        GENERATE("tls12_url", "tls13_url", "http1_url", "url", "address_url");
    CAPTURE(server);
    CHECK(must(place.fetch(place.https(server))) == place.head);
    const auto* const version = std::string_view{server} == "http1_url" ? "HTTP/1.1" : "HTTP/2.0";
    CHECK(place.asked(version) == place.asked(".git/"));
}

TEST_CASE("a fetch uses one connection, and requests one ref") {
    const OverHttps place;
    for (int i = 0; i < 50; ++i)
        (void)run_git(place.upstream.bare, {"branch", "other-" + std::to_string(i), "main"});
    CHECK(must(place.fetch(place.https())) == place.head);
    const auto lines = place.requests();
    REQUIRE(lines.size() == 2);
    CHECK_THAT(lines[0], ContainsSubstring("POST /app.git/git-upload-pack") &&
                             ContainsSubstring("version=2"));
    CHECK_THAT(lines[1], ContainsSubstring("POST /app.git/git-upload-pack"));
    const auto connection = [](const std::string& line) {
        return line.substr(line.find("connection="), line.rfind(' ') - line.find("connection="));
    };
    CHECK(connection(lines[0]) == connection(lines[1]));
}

TEST_CASE("an unchanged head costs one request") {
    const OverHttps place;
    CHECK(must(place.fetch(place.https())) == place.head);
    const auto before = place.requests().size();
    CHECK(must(place.fetch(place.https())) == place.head);
    CHECK(place.requests().size() == before + 1);
}

TEST_CASE("a head that the forge reported is fetched without a ref listing") {
    const OverHttps place;
    CHECK(must(place.fetch(place.https(), place.head)) == place.head);
    CHECK(place.requests().size() == 1);
    CHECK(must(place.fetch(place.https(), place.head)) == place.head);
    CHECK(place.requests().size() == 1);
}

TEST_CASE("a reported commit that is no longer the head is still fetched") {
    OverHttps place;
    const auto old = place.head;
    (void)place.upstream.publish("a", "2\n");
    const auto* const server = GENERATE("url", "old_url", "reachable_url");
    CAPTURE(server);
    CHECK(must(place.fetch(place.https(server), old)) == old);
}

TEST_CASE("the head is fetched if the server lacks the reported commit") {
    const OverHttps place;
    const auto nowhere = CommitId::parse(std::string(40, 'a')).value();
    const auto* const server = GENERATE("url", "old_url", "reachable_url");
    CAPTURE(server);
    CHECK(must(place.fetch(place.https(server), nowhere)) == place.head);
}

TEST_CASE("a server without protocol version 2 is supported") {
    const OverHttps place;
    CHECK(must(git::remote_head(place.https("old_url"), main_branch)) == place.head);
    CHECK(must(place.fetch(place.https("old_url"))) == place.head);
    CHECK(place.asked("GET /old/app.git/info/refs?service=git-upload-pack") == 2);
}

TEST_CASE("an empty repository and a missing branch have their own messages over https") {
    const OverHttps place;
    (void)run_git(place.temporary.path, {"init", "-q", "--bare", "empty.git"});
    const auto branch = BranchName::parse("mai").value();
    for (const auto* const server : {"url", "old_url"}) {
        CAPTURE(server);
        auto access = place.https(server);
        auto error = error_of(git::remote_head(access, branch));
        CHECK(error.code == ErrorCode::not_found);
        CHECK(error.reason == ErrorReason::no_branch);
        CHECK_THAT(error.message, ContainsSubstring("has no branch mai"));
        access.url = place.server[server] + "empty.git";
        error = error_of(git::remote_head(access, branch));
        CHECK(error.code == ErrorCode::not_found);
        CHECK(error.reason == ErrorReason::empty_repository);
        CHECK_THAT(error.message, ContainsSubstring("is empty"));
    }
}

TEST_CASE("the name of a repository or a branch does not change the reason of an error") {
    const OverHttps place;
    const std::string name{"certificates"};
    (void)run_git(place.temporary.path, {"init", "-q", "--bare", name + ".git"});
    auto access = place.https();
    access.url = place.server["url"] + name + ".git";
    const auto branch = BranchName::parse("is-empty").value();
    CHECK(error_of(git::remote_head(access, branch)).reason == ErrorReason::empty_repository);
    access.token = Secret{"ghp_wrongwrongwrong"};
    const auto refused = error_of(git::remote_head(access, branch));
    CHECK(refused.code == ErrorCode::authentication);
    CHECK(refused.reason == ErrorReason::none);
    CHECK_THAT(refused.message, ContainsSubstring(name));
}

TEST_CASE("the token file is read and trimmed, and must be private") {
    const Place place;
    Settings settings{.app = AppName::parse("shop").value(),
                      .repository = "x",
                      .git_url = "https://git.example/app.git",
                      .branch = main_branch};
    settings.token_file = place.temporary.path / "token";
    write_file(*settings.token_file, "  secret\n");
    fs::permissions(*settings.token_file, fs::perms{0644});
    CHECK(error_of(git::access_for(settings)).code == ErrorCode::permission);
    fs::permissions(*settings.token_file, fs::perms{0600});
    CHECK(must(git::access_for(settings)).token->reveal() == "secret");
    SecretFiles files;
    CHECK(must(git::access_for(settings, files)).token->reveal() == "secret");
    write_file(*settings.token_file, "another\n");
    CHECK(must(git::access_for(settings, files)).token->reveal() == "another");
    write_file(*settings.token_file, "\n");
    CHECK(error_of(git::access_for(settings)).code == ErrorCode::configuration);
    CHECK(error_of(git::access_for(settings, files)).code == ErrorCode::configuration);
}

TEST_CASE("a key that others can read is refused") {
    const Place place;
    Settings settings{.app = AppName::parse("shop").value(),
                      .repository = "x",
                      .git_url = "ssh://git@git.example/app.git",
                      .branch = main_branch};
    settings.ssh_key = place.temporary.path / "key";
    write_file(*settings.ssh_key, "key\n");
    fs::permissions(*settings.ssh_key, fs::perms{0640});
    CHECK(error_of(git::access_for(settings)).code == ErrorCode::permission);
    fs::permissions(*settings.ssh_key, fs::perms{0600});
    CHECK(must(git::access_for(settings)).ssh_key == settings.ssh_key);
}

namespace {

/// The server of the library received no token.
void check_no_token_for(const OverHttps& place, const std::string& repository) {
    for (const auto& request : place.requests())
        if (request.find(repository) != std::string::npos)
            CHECK(request.find("Basic") == std::string::npos);
}

/// A library; the app pins the older one of its two commits.
struct WithLibrary : OverHttps {
    Upstream library{temporary.path, "lib.git"};
    CommitId pinned = library.publish("x", "1\n");
    CommitId newer = library.publish("x", "2\n");

    CommitId publish(const std::string& url) const {
        upstream.write(".gitmodules", "[submodule \"lib\"]\n path = library\n url = " + url + "\n");
        run_git(upstream.laptop, {"add", ".gitmodules"});
        run_git(upstream.laptop,
                {"update-index", "--add", "--cacheinfo", "160000," + pinned.hex() + ",library"});
        run_git(upstream.laptop, {"commit", "-q", "-m", "a library"});
        upstream.push();
        return commit_named(upstream.laptop, "HEAD");
    }
    Result<void> deploy(const std::string& base = "url") const {
        auto access = https(base);
        access.submodule_url = [](std::string_view url) { return std::string{url}; };
        const auto checkout = git::repository(directory, main_branch, access);
        TRY(checkout->open());
        const auto commit = TRY(checkout->fetch(no_progress, std::nullopt));
        TRY(checkout->fetch_submodules(commit, no_progress));
        return checkout->switch_to(commit);
    }
    [[nodiscard]] std::string checked_out() const { return content_of(directory / "library/x"); }
};

}  // namespace

TEST_CASE(
    "a submodule is fetched with the app's token, at the pinned commit, without a ref listing") {
    const WithLibrary place;
    const auto* const server = GENERATE("url", "old_url");
    std::string url;
    SECTION("by a relative URL") {
        url = "../lib.git";
    }
    SECTION("by its URL") {
        url = place.server[server] + "lib.git";
    }
    SECTION("by a URL for ssh on the same host, for which there is no key") {
        url = "ssh://git@localhost/lib.git";
    }
    (void)place.publish(url);
    must(place.deploy(server));
    CHECK(place.checked_out() == "1\n");
    CHECK(run_git(place.directory / "library", {"rev-parse", "HEAD"}) == place.pinned.hex());
    CHECK(place.asked("lib.git/info/refs") == 0);
    CHECK(content_of(place.directory / ".git/config").find(https_token) == std::string::npos);
}

TEST_CASE("a pinned commit that the server lacks is distinguished from a truncated response") {
    WithLibrary place;
    auto access = place.https();
    access.submodule_url = [](std::string_view url) { return std::string{url}; };
    const auto checkout = git::repository(place.directory, main_branch, access);
    must(checkout->open());
    SECTION("the server lacks it") {
        place.pinned = CommitId::parse(std::string(40, 'a')).value();
        const auto commit = place.publish("../lib.git");
        must(checkout->fetch(no_progress, std::nullopt));
        const auto error = error_of(checkout->fetch_submodules(commit, no_progress));
        CHECK(error.code == ErrorCode::not_found);
        CHECK_THAT(error.message, ContainsSubstring("has no commit aaaaaaa"));
    }
    SECTION("the response is truncated") {
        const auto commit = place.publish("../lib.git");
        must(checkout->fetch(no_progress, std::nullopt));
        write_file(place.server["fault"], "cut 60\n");
        const auto error = error_of(checkout->fetch_submodules(commit, no_progress));
        CHECK(error.code == ErrorCode::network);
        CHECK(error.transient);
        write_file(place.server["fault"], "");
        must(checkout->fetch_submodules(commit, no_progress));
    }
}

TEST_CASE("the token is not sent to another host, nor without TLS") {
    const WithLibrary place;
    SECTION("another host") {
        (void)place.publish(place.server["address_url"] + "lib.git");
        const auto error = error_of(place.deploy());
        CHECK(error.code == ErrorCode::authentication);
        CHECK_THAT(error.message, ContainsSubstring("submodule library: "));
        CHECK_THAT(error.hint, ContainsSubstring("submodules = false"));
    }
    SECTION("without TLS") {
        (void)place.publish(place.server["http_url"] + "lib.git");
        const auto error = error_of(place.deploy());
        CHECK(error.code == ErrorCode::refused);
        CHECK_THAT(error.message, ContainsSubstring("not encrypted"));
    }
    SECTION("a path of this host") {
        (void)place.publish(place.library.bare.string());
        const auto error = error_of(place.deploy());
        CHECK(error.code == ErrorCode::refused);
        CHECK_THAT(error.message, ContainsSubstring("is a path on this host"));
    }
    check_no_token_for(place, "lib.git");
    CHECK_FALSE(fs::exists(place.directory / "library"));
}
