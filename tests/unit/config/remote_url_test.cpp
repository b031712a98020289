// SPDX-License-Identifier: Apache-2.0
#include "reading.hpp"

namespace inhaul::test {
namespace {

struct Url {
    std::string repository;
    std::string git_url;
    std::string github = {};  ///< owner/name; empty if it is not on GitHub
};

std::string app(const std::string& repository, const std::string& rest = {}) {
    return "repository = '" + repository + "'\ndirectory = \"/srv/x\"\n" + rest;
}

void check(const std::vector<Url>& urls, const std::string& rest, const std::string& api) {
    for (const auto& url : urls) {
        INFO(url.repository);
        const auto settings = settings_of(app(url.repository, rest));
        CHECK(settings.repository == url.repository);
        CHECK(settings.git_url == url.git_url);
        CHECK((settings.github ? settings.github->slug() : "") == url.github);
        if (settings.github) CHECK(settings.github->api == api);
    }
}

std::string enterprise(const std::string& url) {
    return "[github]\napi_url = '" + url + "'\n";
}

/// The message about the repository, without position and hint.
std::string refusal(const std::string& repository) {
    const auto said = problems_of("repository = \"" + repository + "\"\ndirectory = \"/srv/x\"\n");
    const std::string place = "myapp.toml:1:14: repository: ";
    INFO(said);
    REQUIRE(said.starts_with(place));
    return said.substr(place.size(), said.find('\n') - place.size());
}

std::string hint(const std::string& repository) {
    const auto said = problems_of("repository = \"" + repository + "\"\ndirectory = \"/srv/x\"\n");
    return said.substr(said.find('\n') + 1);
}

}  // namespace

TEST_CASE("every form of a repository becomes a URL for git") {
    check(
        {
            {"octocat/myapp", "https://github.com/octocat/myapp.git", "octocat/myapp"},
            {"octocat/myapp.git", "https://github.com/octocat/myapp.git", "octocat/myapp"},
            {"octo-cat_corp/my.app_2", "https://github.com/octo-cat_corp/my.app_2.git",
             "octo-cat_corp/my.app_2"},
            {"https://github.com/octocat/myapp", "https://github.com/octocat/myapp",
             "octocat/myapp"},
            {"https://github.com/octocat/myapp.git/", "https://github.com/octocat/myapp.git",
             "octocat/myapp"},
            {"HTTPS://GitHub.com/Octocat/MyApp.git", "https://github.com/Octocat/MyApp.git",
             "Octocat/MyApp"},
            {"https://www.github.com/octocat/myapp", "https://github.com/octocat/myapp",
             "octocat/myapp"},
            {"https://github.com:443/octocat/myapp", "https://github.com:443/octocat/myapp",
             "octocat/myapp"},
            {"ssh://git@github.com/octocat/myapp.git", "ssh://git@github.com/octocat/myapp.git",
             "octocat/myapp"},
            {"ssh://github.com/octocat/myapp.git", "ssh://git@github.com/octocat/myapp.git",
             "octocat/myapp"},
            {"ssh://git@ssh.github.com:443/octocat/myapp.git",
             "ssh://git@ssh.github.com:443/octocat/myapp.git", "octocat/myapp"},
            {"git@github.com:octocat/myapp.git", "ssh://git@github.com/octocat/myapp.git",
             "octocat/myapp"},
            {"github.com:octocat/myapp.git", "ssh://git@github.com/octocat/myapp.git",
             "octocat/myapp"},
            {"https://example.com/git/myapp.git", "https://example.com/git/myapp.git"},
            {"https://example.com:8443/a/b/c", "https://example.com:8443/a/b/c"},
            {"https://notgithub.com/octocat/myapp", "https://notgithub.com/octocat/myapp"},
            {"https://github.com.example.com/o/n", "https://github.com.example.com/o/n"},
            {"https://gist.github.com/0123456789abcdef",
             "https://gist.github.com/0123456789abcdef"},
            {"https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x"},
            {"ssh://deploy@example.com:2222/srv/git/x", "ssh://deploy@example.com:2222/srv/git/x"},
            {"ssh://example.com/~/x.git", "ssh://example.com/~/x.git"},
            {"ssh://git@[::1]:2222/x", "ssh://git@[::1]:2222/x"},
            {"git@gitlab.com:group/sub/x.git", "ssh://git@gitlab.com/group/sub/x.git"},
            {"git@example.com:/srv/git/x.git", "ssh://git@example.com/srv/git/x.git"},
            // Relative to the home of the account, as in git.
            {"git@[::1]:x.git", "ssh://git@[::1]/~/x.git"},
            {"git@git.example.com:group/x.git", "ssh://git@git.example.com/~/group/x.git"},
            {"git@example.com:my app/100%.git", "ssh://git@example.com/~/my%20app/100%25.git"},
            {"ssh://first%2Elast@example.com/my%20app", "ssh://first%2Elast@example.com/my%20app"},
            {"me@example.com:x.git", "ssh://me@example.com/~/x.git"},
            {"example.com:git/x.git", "ssh://example.com/~/git/x.git"},
            {"me@example.com:/srv/x.git", "ssh://me@example.com/srv/x.git"},
            {"me@example.com:~you/x.git", "ssh://me@example.com/~you/x.git"},
            {"file:///srv/git/x.git", "file:///srv/git/x.git"},
            {"/srv/git/x.git", "/srv/git/x.git"},
            {"/srv/git/my app/", "/srv/git/my app"},
            {"~/x.git", "/home/scripts/x.git"},
            {"http://localhost:8080/x", "http://localhost:8080/x"},
            {"http://127.0.0.1:8080/x.git", "http://127.0.0.1:8080/x.git"},
            {"http://[::1]/x.git", "http://[::1]/x.git"},
        },
        "", "https://api.github.com");
}

TEST_CASE("owner/name is fetched over ssh if there is a key") {
    check({{"octocat/myapp", "ssh://git@github.com/octocat/myapp.git", "octocat/myapp"}},
          "[auth]\nssh_key = \"/k\"\n", "https://api.github.com");
    check({{"octocat/myapp", "ssh://git@github.com/octocat/myapp.git", "octocat/myapp"}},
          "[auth]\nssh_key = \"/k\"\ntoken_file = \"/t\"\n", "https://api.github.com");
}

TEST_CASE("an Enterprise server's repositories are on its own host") {
    check(
        {
            {"o/n", "https://git.example.com/o/n.git", "o/n"},
            {"https://git.example.com/o/n", "https://git.example.com/o/n", "o/n"},
            {"git@git.example.com:o/n.git", "ssh://git@git.example.com/o/n.git", "o/n"},
            {"ssh://git@git.example.com:122/o/n.git", "ssh://git@git.example.com:122/o/n.git",
             "o/n"},
        },
        enterprise("https://Git.Example.com/api/v3/") + "[auth]\ntoken_file = \"/t\"\n",
        "https://Git.Example.com/api/v3");
    // Here `api.` is a part of the host name.
    check({{"o/n", "https://api.example.com:8443/o/n.git", "o/n"}},
          enterprise("https://api.example.com:8443/api/v3"), "https://api.example.com:8443/api/v3");
    check({{"o/n", "ssh://git@git.example.com/o/n.git", "o/n"}},
          enterprise("https://git.example.com/api/v3") + "[auth]\nssh_key = \"/k\"\n",
          "https://git.example.com/api/v3");
}

TEST_CASE("the pages of a repository are on the host of its server") {
    const auto web = [](const std::string& rest) {
        return settings_of(app("octocat/shop", rest)).github->web;
    };
    CHECK(web("") == "https://github.com");
    CHECK(web(enterprise("https://git.example/api/v3")) == "https://git.example");
    CHECK(web(enterprise("https://git.example:8443/api/v3")) == "https://git.example:8443");
    CHECK(web(enterprise("https://api.octo.ghe.com")) == "https://octo.ghe.com");
}

TEST_CASE("a tenant of ghe.com has its own repository host and its own ssh user") {
    const auto tenant = enterprise("https://api.octocorp.ghe.com");
    check({{"o/n", "https://octocorp.ghe.com/o/n.git", "o/n"}}, tenant,
          "https://api.octocorp.ghe.com");
    check({{"o/n", "ssh://octocorp@octocorp.ghe.com/o/n.git", "o/n"},
           {"octocorp@octocorp.ghe.com:o/n.git", "ssh://octocorp@octocorp.ghe.com/o/n.git", "o/n"}},
          tenant + "[auth]\nssh_key = \"/k\"\n", "https://api.octocorp.ghe.com");
}

TEST_CASE("a server on this host needs no TLS") {
    check({{"o/n", "http://127.0.0.1:8080/o/n.git", "o/n"},
           {"http://127.0.0.1:9090/o/n.git", "http://127.0.0.1:9090/o/n.git", "o/n"}},
          enterprise("http://127.0.0.1:8080/"), "http://127.0.0.1:8080");
}

TEST_CASE("github.com is no GitHub server when another server is set") {
    CHECK_THAT(
        problems_of(app("https://github.com/o/n", enterprise("https://git.example.com/api/v3"))),
        ContainsSubstring("has no effect: the repository is not on git.example.com"));
}

TEST_CASE("an API must be a URL that a token may be sent to") {
    struct Row {
        const char* url;
        const char* said;
    };
    for (const auto& row : std::vector<Row>{
             {"http://git.example.com/api/v3", "\"http://git.example.com/api/v3\" is not https"},
             {"http://127.0.0.1.example.com", "\"http://127.0.0.1.example.com\" is not https"},
             {"git.example.com", "\"git.example.com\" is not the URL of an API"},
             {"https://", "\"https:\" is not the URL of an API"},
             {"", "\"\" is not the URL of an API"},
             {"ftp://git.example.com", "\"ftp://git.example.com\" is not https"},
             {"https://me:secret@git.example.com/api/v3", "contains a user name or password"},
             {"https://git.example.com/api/v3?x=1",
              "\"https://git.example.com/api/v3?x=1\" is not the URL of an API"},
             {"https://git.example.com/ /",
              "\"https://git.example.com/ \" is not the URL of an API"},
         }) {
        INFO(row.url);
        const auto said = problems_of(app("o/n", enterprise(row.url)));
        CHECK_THAT(said, ContainsSubstring(std::string{"github.api_url: "} + row.said + "\n"));
        CHECK(said.find("secret") == std::string::npos);
    }
}

TEST_CASE("an invalid or unsafe repository is refused with the reason") {
    struct Row {
        const char* repository;
        const char* said;
    };
    for (const auto& row : std::vector<Row>{
             {"", "is empty"},
             {"  ", "is empty"},
             {"myapp", "\"myapp\" is not a repository"},
             {"./myapp", "\"./myapp\" is not a repository"},
             {"../a/myapp", "\"../a/myapp\" is not a repository"},
             {"octocat/", "\"octocat/\" is not a repository"},
             {"octocat/..", "\"octocat/..\" is not a repository"},
             {"octo.cat/myapp", "\"octo.cat/myapp\" is not a repository"},
             {"octocat/-myapp", "\"octocat/-myapp\" is not a repository"},
             {"a/b/c", "\"a/b/c\" is not a repository"},
             {"~you/x", "\"~you/x\" is not a repository"},
             {"/", "is not a repository"},
             {"octocat /myapp", "contains a space"},
             {"https://example.com/my app", "contains a space"},
             {"octocat/my\\u0000app", "contains a control character"},
             {"https://example.com/x\\n", "contains a control character"},
             {"-oProxyCommand=true/x", "must not begin with a dash"},
             {"--upload-pack=x", "must not begin with a dash"},
             {"ssh://-oProxyCommand=true/x", "\"-oproxycommand=true\" is not a host name"},
             {"ssh://git@-oProxyCommand=true/x", "\"-oproxycommand=true\" is not a host name"},
             {"-oProxyCommand=true:x", "must not begin with a dash"},
             {"git@-oProxyCommand=true:x", "\"-oproxycommand=true\" is not a host name"},
             {"ssh://-l@example.com/x", "\"-l\" is not a user name"},
             {"git@example.com:-x", "the path must not begin with a dash"},
             {"ssh://example.com/-x", "the path must not begin with a dash"},
             {"ssh://exam$(id)ple.com/x", "\"exam$(id)ple.com\" is not a host name"},
             {"https://example.com:port/x", "the port is not a number from 1 to 65535"},
             {"https://example.com:65536/x", "the port is not a number from 1 to 65535"},
             {"https://example.com:0/x", "the port is not a number from 1 to 65535"},
             {"https://example.com:+1/x", "the port is not a number from 1 to 65535"},
             {"https://example.com:123456/x", "the port is not a number from 1 to 65535"},
             {"https://example.com:/x", "the port is not a number from 1 to 65535"},
             {"https://example.com", "names a host but no repository"},
             {"https://example.com/", "names a host but no repository"},
             {"git@example.com:", "names a host but no repository"},
             {"https:///x", "\"\" is not a host name"},
             {"https://example.com/x?token=secret", "contains a query or a fragment"},
             {"https://example.com/x#readme", "contains a query or a fragment"},
             {"http://example.com/x", "http:// would send code and token unencrypted"},
             {"http://localhost.example.com/x", "http:// would send code and token unencrypted"},
             {"http://127.example.com/x", "http:// would send code and token unencrypted"},
             {"git://example.com/x", "git:// is neither encrypted nor authenticated"},
             {"ftp://example.com/x", "ftp:// is not supported"},
             {"git+ssh://example.com/x", "git+ssh:// is not supported"},
             {"ext::sh -c id", "names a remote helper, which can run any program"},
             {"ext::https://example.com/x", "names a remote helper, which can run any program"},
             {"fd::3", "names a remote helper, which can run any program"},
             {"file://server/x", "names a host"},
             {"file:///", "names no repository"},
             {"https://github.com/octocat", "is not the URL of a repository on github.com"},
             {"https://github.com/octocat/myapp/tree/main",
              "is not the URL of a repository on github.com"},
             {"git@github.com:myapp.git", "is not the URL of a repository on github.com"},
         }) {
        INFO(row.repository);
        CHECK(refusal(row.repository) == row.said);
    }
}

TEST_CASE("a password in a URL is refused and not printed") {
    for (const auto* const url :
         {"https://me:s3cret@example.com/x", "https://s3cret@github.com/o/n", "https://me:@x.org/x",
          "https://me:s3/cret@example.com/x", "http://me:s3cret@localhost/x",
          "ssh://me:s3cret@example.com/x", "me:s3cret@example.com:x", "me:s3cret@github.com/o/n",
          "https://me:s3 cret@example.com/x", "s3cret@github.com/o/n"}) {
        INFO(url);
        const auto said = refusal(url);
        CHECK(said.find("s3") == std::string::npos);
        CHECK(hint(url).find("s3") == std::string::npos);
        const bool output = said.find("password") != std::string::npos;
        CHECK((output || said == "is not a repository"));
    }
    CHECK(hint("https://me:s3cret@example.com/x") ==
          "        Remove it, and put the token into a file: auth.token_file.\n");
    CHECK(hint("ssh://me:s3cret@example.com/x") == "        Remove it, and set auth.ssh_key.\n");
}

TEST_CASE("a URL from a browser gets a hint with the right form") {
    CHECK(hint("github.com/octocat/myapp") == "        Write \"octocat/myapp\".\n");
    CHECK(hint("https://github.com/octocat/myapp/tree/main") ==
          "        Write \"octocat/myapp\".\n");
    CHECK(hint("https://github.com/octocat") == "        Write \"owner/name\".\n");
    CHECK(hint("example.com/git/x") ==
          "        If it is a URL, write its scheme: \"https://example.com/git/x\".\n");
}

}  // namespace inhaul::test
