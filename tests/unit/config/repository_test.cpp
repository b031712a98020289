#include <inhaul/config/config.hpp>

#include "support/catch.hpp"

namespace inhaul::config {
namespace {

Loaded read(const std::string& repository, const std::string& more = {}) {
    return parse("repository = \"" + repository + "\"\ndirectory = \"/srv/x\"\n" + more,
                 "/e/x.toml");
}
std::string url(const std::string& repository, const std::string& more = {}) {
    const auto loaded = read(repository, more);
    return loaded.apps.empty() ? "refused: " + loaded.problems.at(0).message
                               : loaded.apps[0].git_url;
}
std::string slug(const std::string& repository, const std::string& more = {}) {
    const auto loaded = read(repository, more);
    REQUIRE(loaded.problems.empty());
    return loaded.apps[0].github ? loaded.apps[0].github->slug() : "none";
}

const std::string enterprise = "[github]\napi_url = \"https://git.example.com/api/v3/\"\n";

}  // namespace

TEST_CASE("every form of a repository's address is understood") {
    CHECK(url("octocat/my.app-1_x") == "https://github.com/octocat/my.app-1_x.git");
    CHECK(url("octocat/app", "[auth]\nssh_key = \"/k\"\n") ==
          "ssh://git@github.com/octocat/app.git");
    CHECK(url("https://github.com/octocat/app") == "https://github.com/octocat/app");
    CHECK(url("git@github.com:octocat/app.git") == "ssh://git@github.com/octocat/app.git");
    CHECK(url("ssh://git@ssh.github.com:443/octocat/app.git") ==
          "ssh://git@ssh.github.com:443/octocat/app.git");
    CHECK(url("host:srv/app.git") == "ssh://host/srv/app.git");
    CHECK(url("/srv/git/app.git") == "/srv/git/app.git");
    CHECK(url("file:///srv/git/app.git") == "file:///srv/git/app.git");
    CHECK(url("http://127.0.0.1:8080/app.git") == "http://127.0.0.1:8080/app.git");
    CHECK(url("https://[2001:db8::1]:8443/app.git") == "https://[2001:db8::1]:8443/app.git");
}

TEST_CASE("a repository on GitHub is known as such in every form") {
    for (const auto* form :
         {"octocat/app", "https://github.com/octocat/app", "https://github.com/octocat/app.git",
          "git@github.com:octocat/app.git", "ssh://git@github.com/octocat/app",
          "ssh://git@ssh.github.com:443/octocat/app.git"}) {
        CAPTURE(form);
        CHECK(slug(form) == "octocat/app");
    }
    for (const auto* form :
         {"https://gitlab.com/octocat/app", "/srv/git/app.git",
          "https://github.com.evil.org/octocat/app", "https://github.com/octocat"}) {
        CAPTURE(form);
        CHECK(slug(form) == "none");
    }
}

TEST_CASE("an Enterprise server is its own GitHub") {
    const auto app = read("octocat/app", enterprise).apps.at(0);
    CHECK(app.git_url == "https://git.example.com/octocat/app.git");
    CHECK(app.github->api == "https://git.example.com/api/v3");
    CHECK(slug("https://git.example.com/octocat/app", enterprise) == "octocat/app");
    CHECK(slug("https://github.com/octocat/app", enterprise) == "none");
    CHECK(url("octocat/app", "[github]\napi_url = \"https://api.acme.ghe.com\"\n") ==
          "https://acme.ghe.com/octocat/app.git");
}

TEST_CASE("what could be taken for something else is refused") {
    for (const auto* bad : {"",
                            "-oProxyCommand=x",
                            "--upload-pack=x/y",
                            "ext::sh -c x",
                            "https://user:pw@github.com/a/b",
                            "https://token@github.com/a/b",
                            "http://github.com/a/b",
                            "git://github.com/a/b",
                            "ssh://-oProxyCommand=x/a/b",
                            "ssh://git@-host/a/b",
                            "-host:a/b",
                            "owner",
                            "a/b/c",
                            "owner/..",
                            "https://github.com",
                            "https://github.com/",
                            "file://host/x",
                            "ssh://git@host:port/x",
                            "https:///a/b",
                            "own er/name",
                            "owner/na me"}) {
        CAPTURE(bad);
        CHECK(url(bad).starts_with("refused: "));
    }
    CHECK(url("owner/na\\u0007me").starts_with("refused: "));
}

TEST_CASE("a password in a URL is refused with the way it is done") {
    const auto problem = read("https://user:pw@example.com/a").problems.at(0);
    CHECK(problem.message == "it holds a user or a password");
    CHECK(problem.hint.find("auth.token_file") != std::string::npos);
}

TEST_CASE("the API's base is https, or this host itself") {
    const auto api = [](const std::string& base) {
        return read("a/b", "[github]\napi_url = \"" + base + "\"\n").problems.empty();
    };
    CHECK(api("https://git.example.com/api/v3"));
    CHECK(api("http://127.0.0.1:8080"));
    CHECK_FALSE(api("http://git.example.com/api/v3"));
    CHECK_FALSE(api("https://user@git.example.com"));
    CHECK_FALSE(api("git.example.com"));
}

TEST_CASE("asking the API of a repository that is not on GitHub is a mistake") {
    CHECK(read("/srv/git/x.git", "[poll]\nvia = \"api\"\n").problems.at(0).key == "poll.via");
}

}  // namespace inhaul::config
