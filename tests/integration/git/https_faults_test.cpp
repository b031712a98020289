// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "over_https.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

/// Long enough for a response of a loaded machine, short enough for a test to wait.
constexpr http::SessionTimeouts short_timeouts{.connect = Milliseconds{1000},
                                               .silence = Milliseconds{1500},
                                               .min_rate_window = Milliseconds{3000}};

struct Faulty : OverHttps {
    Faulty() {
        // Larger than the minimum of a rate window.
        std::string noise;
        for (unsigned i = 0, number = 1; i < 100'000; ++i)
            noise += static_cast<char>((number = number * 1664525U + 1013904223U) >> 24U);
        (void)upstream.publish("noise", noise);
    }
    [[nodiscard]] git::Access hurried(const std::string& base = "url") const {
        auto access = https(base);
        access.timeouts = short_timeouts;
        return access;
    }
    void fault(const std::string& words) const { write_file(server["fault"], words + "\n"); }
};

/// Listens, but sends nothing. Accepts `backlog` connections.
struct SilentPort {
    SilentPort() : listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        auto address = loopback(0);
        REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listener.get(), 0) == 0);
        socklen_t size = sizeof address;
        REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port = ntohs(address.sin_port);
    }
    /// Accepts no connection from here on.
    void fill() {
        for (int i = 0; i < 4; ++i) {
            crowd.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            const auto address = loopback(port);
            (void)::connect(crowd.back().get(), reinterpret_cast<const sockaddr*>(&address),
                            sizeof address);
        }
    }
    [[nodiscard]] std::string url(const std::string& scheme) const {
        return scheme + "://127.0.0.1:" + std::to_string(port) + "/app.git";
    }
    FileDescriptor listener;
    std::vector<FileDescriptor> crowd;
    int port = 0;
};

/// Answers one request correctly, one byte at a time.
struct DrippingServer {
    DrippingServer() : thread([this] { drip(); }) {}
    ~DrippingServer() {
        ::shutdown(port.listener.get(), SHUT_RDWR);
        thread.join();
    }
    void drip() const {
        const FileDescriptor client{::accept(port.listener.get(), nullptr, nullptr)};
        const std::string answer =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-result\r\n\r\n" +
            std::string(100'000, '0');
        ::send(client.get(), answer.data(), answer.size() - 99'990, MSG_NOSIGNAL);
        pollfd left{.fd = client.get(), .events = POLLRDHUP, .revents = 0};
        while (::poll(&left, 1, 50) == 0 && ::send(client.get(), "0", 1, MSG_NOSIGNAL) == 1) {
        }
    }
    [[nodiscard]] std::string url() const { return port.url("http"); }
    SilentPort port;
    std::thread thread;
};

}  // namespace

TEST_CASE("each HTTP status has an error code, a message and a hint") {
    const OverHttps place;
    struct Row {
        int status;
        ErrorCode code;
        bool transient;
        const char* says;
    };
    const auto row = GENERATE(values<Row>({
        {401, ErrorCode::authentication, false, "the server rejects the token (401)"},
        {403, ErrorCode::authentication, false, "access is denied (403)"},
        {404, ErrorCode::not_found, false, "no such repository (404)"},
        {407, ErrorCode::protocol, false, "the response is not from a git server (407)"},
        {410, ErrorCode::not_found, false, "no such repository (410)"},
        {418, ErrorCode::protocol, false, "the response is not from a git server (418)"},
        {429, ErrorCode::network, true, "too many requests (429)"},
        {500, ErrorCode::network, true, "server error (500)"},
        {503, ErrorCode::network, true, "server error (503)"},
    }));
    CAPTURE(row.status);
    auto access = place.https();
    access.url = place.server["says_url"] + std::to_string(row.status) + "/app.git";
    for (const auto& error :
         {error_of(place.fetch(access)), error_of(git::remote_head(access, main_branch))}) {
        CHECK(to_string(error.code) == to_string(row.code));
        CHECK(error.transient == row.transient);
        CHECK_THAT(error.message, ContainsSubstring(row.says) && ContainsSubstring("localhost") &&
                                      ContainsSubstring("as you say"));
        CHECK_FALSE(error.hint.empty());
    }
}

TEST_CASE("a web page is not accepted as a repository") {
    const OverHttps place;
    const auto error = error_of(place.fetch(place.https("page_url")));
    CHECK(error.code == ErrorCode::protocol);
    CHECK_THAT(error.message,
               ContainsSubstring("not a git repository") && ContainsSubstring("text/html"));
    CHECK_FALSE(error.hint.empty());
}

TEST_CASE("a server that hangs after the connection is established times out") {
    const Place place;
    const SilentPort silent;
    const auto* const scheme = GENERATE("https", "http");
    const git::Access access{.url = silent.url(scheme), .timeouts = short_timeouts};
    const auto checkout = git::repository(place.directory, main_branch, access);
    must(checkout->open());
    for (const auto& error : {error_of(checkout->fetch(no_progress, std::nullopt)),
                              error_of(git::remote_head(access, main_branch))}) {
        CHECK(error.code == ErrorCode::timeout);
        CHECK(error.transient);
        CHECK_THAT(error.message, ContainsSubstring("127.0.0.1"));
    }
}

TEST_CASE("a connection that is never accepted times out") {
    const Place place;
    SilentPort silent;
    silent.fill();
    const git::Access access{.url = silent.url("https"), .timeouts = short_timeouts};
    const auto error = error_of(git::remote_head(access, main_branch));
    CHECK(error.code == ErrorCode::timeout);
    CHECK_THAT(error.message, ContainsSubstring("connect to 127.0.0.1") &&
                                  ContainsSubstring("timed out after 1 s"));
}

TEST_CASE("a response that stalls times out, and the next fetch works") {
    const Faulty place;
    const auto* const fault = GENERATE("stall 0", "stall 40", "stall 5000");
    CAPTURE(fault);
    const auto head = must(git::remote_head(place.https(), main_branch));
    place.fault(fault);
    const auto error = error_of(place.fetch(place.hurried(), head));
    CHECK(error.code == ErrorCode::timeout);
    CHECK(error.transient);
    CHECK_THAT(error.message,
               ContainsSubstring("silent for 1s500ms") && ContainsSubstring("localhost"));
    place.fault("");
    CHECK(must(place.fetch(place.https())) == head);
}

TEST_CASE("a response that arrives byte by byte times out") {
    const Place place;
    const DrippingServer server;
    const git::Access access{.url = server.url(), .timeouts = short_timeouts};
    const auto error = error_of(git::remote_head(access, main_branch));
    CHECK(error.code == ErrorCode::timeout);
    CHECK(error.transient);
    CHECK_THAT(error.message, ContainsSubstring("fewer than 1024 bytes in 3s"));
}

TEST_CASE("a truncated response is an error, and the next fetch works") {
    const Faulty place;
    const auto head = must(git::remote_head(place.https(), main_branch));
    const auto* const fault = GENERATE("cut 40", "cut 5000", "cut 60000");
    CAPTURE(fault);
    place.fault(fault);
    CHECK_FALSE(place.fetch(place.https(), head));
    place.fault("");
    CHECK(must(place.fetch(place.https())) == head);
    CHECK(fs::is_empty(place.directory / ".git" / "objects" / "pack") == false);
    for (const auto& entry : fs::directory_iterator{place.directory / ".git" / "objects" / "pack"})
        CHECK(entry.path().filename().string().starts_with("pack-"));
}
