// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "over_https.hpp"
#include "polled_heads.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

/// A real proxy, and the environment variables for it.
class Proxy {
public:
    explicit Proxy(std::vector<std::string> more = {})
        : child_(start(std::move(more))), printed_(json::parse(first_line(child_))) {}
    ~Proxy() { forget_environment(); }

    void use(const char* variable, const std::string& scheme, const std::string& login = {}) const {
        const auto url = scheme + "://" + login + (login.empty() ? "" : "@") +
                         "localhost:" + std::to_string(printed_.at("port").get<int>());
        ::setenv(variable, url.c_str(), 1);
    }
    [[nodiscard]] std::string log() const {
        return content_of(printed_.at("log").get<std::string>());
    }

private:
    static process::Child start(std::vector<std::string> more) {
        std::vector<std::string> argv{INHAUL_TEST_PYTHON, INHAUL_TEST_SUPPORT "/proxy.py"};
        argv.insert(argv.end(), more.begin(), more.end());
        auto child = process::Child::spawn(
            {.argv = std::move(argv), .capture_stdout = true, .pipe_input = true});
        if (!child) throw std::runtime_error(child.error().message);
        return std::move(*child);
    }
    process::Child child_;
    json printed_;
};

/// Settings of an app on this server, for polls.
Settings polled_over_https(const OverHttps& place, const std::string& base) {
    Settings settings{.app = AppName::parse("shop").value(), .branch = main_branch};
    settings.git_url = place.server[base] + "app.git";
    settings.ca_file = place.server["ca"];
    settings.token_file = place.temporary.path / "token";
    write_file(*settings.token_file, std::string{https_token} + "\n");
    fs::permissions(*settings.token_file, fs::perms::owner_read | fs::perms::owner_write);
    return settings;
}

}  // namespace

TEST_CASE("polls use the proxy of the environment, in one tunnel for all of them") {
    const OverHttps place;
    const Proxy proxy;
    proxy.use("https_proxy", "http");
    AskedHeads polls;
    for (int i = 0; i < 3; ++i)
        CHECK(polls.head(polled_over_https(place, "url")) == place.head);
    CHECK(proxy.log() == "CONNECT localhost:" + place.server["https_port"] + "\n");
    CHECK(place.asked("POST /app.git") == 3);
}

TEST_CASE("polls over plain http go through its own proxy") {
    const OverHttps place;
    const Proxy proxy;
    proxy.use("http_proxy", "http");
    AskedHeads polls;
    CHECK(polls.head(polled_over_https(place, "http_url")) == place.head);
    CHECK_THAT(proxy.log(), ContainsSubstring("POST http://localhost:"));
}

TEST_CASE("a poll that a proxy refuses has the message of the child") {
    const OverHttps place;
    const Proxy proxy{{"--login", "ada:secret"}};
    proxy.use("https_proxy", "http", "ada:secret");
    const auto settings = polled_over_https(place, "url");
    CHECK(AskedHeads{}.head(settings) == place.head);
    proxy.use("https_proxy", "http", GENERATE("", "ada:wrong"));
    const auto error = AskedHeads{}.error(settings);
    CHECK(error == error_of(git::remote_head(must(git::access_for(settings)), main_branch)));
    CHECK_THAT(error.message, ContainsSubstring("407"));
}

TEST_CASE("a fetch uses the proxy of the environment, in one tunnel") {
    const OverHttps place;
    const Proxy proxy;
    proxy.use("https_proxy", "http");
    CHECK(must(place.fetch(place.https())) == place.head);
    CHECK(proxy.log() == "CONNECT localhost:" + place.server["https_port"] + "\n");
}

TEST_CASE("hosts in no_proxy are fetched without the proxy") {
    const OverHttps place;
    const Proxy proxy;
    proxy.use("https_proxy", "http");
    ::setenv("no_proxy", "example.org,localhost", 1);
    CHECK(must(place.fetch(place.https())) == place.head);
    CHECK(proxy.log().empty());
}

TEST_CASE("the connection to the proxy may use TLS, with the same authority") {
    const OverHttps place;
    const Proxy proxy{
        {"--certificate", place.server["server"], "--key", place.server["server_key"]}};
    proxy.use("https_proxy", "https");
    CHECK(must(place.fetch(place.https())) == place.head);
    CHECK_THAT(proxy.log(), ContainsSubstring("CONNECT localhost:"));
}

TEST_CASE("plain http goes through its own proxy") {
    const OverHttps place;
    const Proxy proxy;
    proxy.use("http_proxy", "http");
    CHECK(must(place.fetch(place.https("http_url"))) == place.head);
    CHECK_THAT(proxy.log(), ContainsSubstring("POST http://localhost:"));
}

TEST_CASE("a proxy that requires authentication gets it, or is named in the error") {
    const OverHttps place;
    const Proxy proxy{{"--login", "ada:secret"}};
    proxy.use("https_proxy", "http", "ada:secret");
    CHECK(must(place.fetch(place.https())) == place.head);
    const auto* const wrong = GENERATE("", "ada:wrong");
    proxy.use("https_proxy", "http", wrong);
    const auto error = error_of(place.fetch(place.https()));
    CHECK(error.code == ErrorCode::configuration);
    CHECK_FALSE(error.transient);
    CHECK_THAT(error.message, ContainsSubstring("407") && ContainsSubstring("proxy"));
    CHECK_THAT(error.hint, ContainsSubstring("https_proxy"));
}

TEST_CASE("an unreachable proxy is a transient network error") {
    const OverHttps place;
    ::setenv("https_proxy", ("http://127.0.0.1:" + std::to_string(free_port())).c_str(), 1);
    const auto error = error_of(place.fetch(place.https()));
    forget_environment();
    CHECK(error.code == ErrorCode::network);
    CHECK(error.transient);
}
