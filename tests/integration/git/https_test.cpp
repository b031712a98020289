#include "place.hpp"
#include "support/git_servers.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

constexpr auto token = "ghp_sesameopenforinhaul";

struct OverHttps : Place {
    explicit OverHttps(std::vector<std::string> more = {"--token", token})
        : head(upstream.publish("a", "1\n")), server("https", temporary.path, std::move(more)) {}

    [[nodiscard]] git::Access https(const std::string& base = "url") const {
        return {.url = server[base] + "app.git", .token = Secret{token}, .ca_file = server["ca"]};
    }
    [[nodiscard]] Result<CommitId> fetch(const git::Access& access) const {
        const auto checkout = git::repository(directory, main_branch, access);
        TRY(checkout->open());
        return checkout->fetch(no_progress);
    }
    /// How often this is in the log of requests.
    [[nodiscard]] std::size_t asked(const std::string& what) const {
        pass_barrier();
        const auto log = content_of(server["log"]);
        std::size_t count = 0;
        for (auto at = log.find(what); at != std::string::npos; at = log.find(what, at + 1))
            ++count;
        return count;
    }

    /// nginx has logged everything that it served before it answers this.
    void pass_barrier() const {
        const FileDescriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        const auto address = loopback(std::stoi(server["http_port"]));
        REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                          sizeof address) == 0);
        constexpr std::string_view request{"GET /barrier HTTP/1.0\r\n\r\n"};
        REQUIRE(::write(socket.get(), request.data(), request.size()) ==
                static_cast<ssize_t>(request.size()));
        char buffer[512];
        while (::read(socket.get(), buffer, sizeof buffer) > 0) {
        }
    }

    CommitId head;
    GitServer server;
};

}  // namespace

TEST_CASE("a private repository is fetched over https with a token") {
    const OverHttps place;
    CHECK(must(place.fetch(place.https())) == place.head);
    CHECK(must(git::remote_head(place.https(), main_branch)) == place.head);
    // base64 of "x-access-token:"
    CHECK(place.asked("Basic eC1hY2Nlc3MtdG9rZW46") > 0);
    const auto config = content_of(place.directory / ".git" / "config");
    CHECK(config.find(token) == std::string::npos);
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

TEST_CASE("over plain http to this very host the token may go") {
    const OverHttps place;
    CHECK(must(place.fetch(place.https("http_url"))) == place.head);
}

TEST_CASE("a wrong token is refused once, with its status and the host, and never shown") {
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

TEST_CASE("a private repository without a token says what is missing") {
    const OverHttps place;
    auto access = place.https();
    access.token.reset();
    const auto error = error_of(place.fetch(access));
    CHECK(error.code == ErrorCode::authentication);
    CHECK_THAT(error.message, ContainsSubstring("401"));
    CHECK_THAT(error.hint, ContainsSubstring("token_file"));
}

TEST_CASE("a certificate of an authority that is not trusted is refused before the token is sent") {
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

TEST_CASE("an authority's file that is missing is named") {
    const OverHttps place;
    auto access = place.https();
    access.ca_file = place.temporary.path / "missing.pem";
    const auto error = error_of(place.fetch(access));
    CHECK_THAT(error.message, ContainsSubstring("missing.pem"));
    CHECK_FALSE(error.transient);
}

TEST_CASE("a redirect to another host is not followed, and the token stays here") {
    const OverHttps place;
    const auto error = error_of(place.fetch(place.https("elsewhere_url")));
    CHECK(place.asked("elsewhere.localhost \"") == 0);
    CHECK_THAT(error.message, ContainsSubstring("redirect"));
    CHECK_FALSE(error.transient);
    CHECK_FALSE(error.hint.empty());
}

TEST_CASE("a repository that is missing over https is not found") {
    const OverHttps place;
    auto access = place.https();
    access.url = place.server.url("nothing.git");
    const auto error = error_of(place.fetch(access));
    CHECK(error.code == ErrorCode::not_found);
    CHECK_FALSE(error.transient);
    CHECK_THAT(error.message, ContainsSubstring("nothing.git"));
}

TEST_CASE("a port that nobody listens on is a network error over https") {
    const OverHttps place;
    auto access = place.https();
    access.url = "https://localhost:" + std::to_string(free_port()) + "/app.git";
    const auto error = error_of(place.fetch(access));
    CHECK(error.code == ErrorCode::network);
    CHECK(error.transient);
}

TEST_CASE("the token's file is read, trimmed, and must be private") {
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
    write_file(*settings.token_file, "\n");
    CHECK(error_of(git::access_for(settings)).code == ErrorCode::configuration);
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
