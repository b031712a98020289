// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/github.hpp>

#include <filesystem>

#include <inhaul/budget.hpp>

#include "support/catch.hpp"
#include "support/standin.hpp"
#include "support/tls.hpp"

using namespace inhaul;
using test::ContainsSubstring;
using test::json;

namespace {

const std::string one(40, 'a');
const std::string two(40, 'b');

std::optional<CommitId> commit(const std::string& hex) {
    return CommitId::parse(hex);
}

struct Fixture {
    Fixture() {
        repository({{"branches", {{"main", one}, {"feature/x", two}}}, {"id", 42}});
        settings.github = GitHubRepository{.api = standin.api, .owner = "octo", .name = "app"};
    }
    void order(const char* name, json fields = json::object()) const {
        fields["do"] = name;
        standin.control(fields);
    }
    void repository(json fields) const {
        fields["name"] = "octo/app";
        order("repository", std::move(fields));
    }
    /// Creates a token for the app and GitHub.
    void token(json fields = json::object()) {
        write_token("t0ken\n");
        fields["token"] = "t0ken";
        order("token", std::move(fields));
    }
    void write_token(const std::string& text) {
        settings.token_file = directory.path / "token";
        test::write_file(*settings.token_file, text);
        std::filesystem::permissions(*settings.token_file, std::filesystem::perms::owner_read |
                                                               std::filesystem::perms::owner_write);
    }
    HeadAnswer ask(std::optional<CommitId> known = {}, std::optional<std::int64_t> id = {}) {
        std::optional<HeadAnswer> answer;
        forge->poll_head({settings, std::move(known), id},
                         [&](HeadAnswer a) { answer = std::move(a); });
        CHECK_FALSE(answer);  // only from within the loop
        std::vector<http::Waited> none;
        while (!answer)
            client.poll(none, Milliseconds{20'000});
        return *answer;
    }
    PollError poll_error() {
        const auto answer = ask(commit(one));
        REQUIRE(std::holds_alternative<PollError>(answer.what));
        return std::get<PollError>(answer.what);
    }
    [[nodiscard]] json last_request() const { return standin.requests().back(); }

    test::TemporaryDirectory directory;
    test::StandIn standin;
    http::Client client{"inhaul-test/1"};
    std::unique_ptr<forge::Forge> forge = forge::github(client, system_clock());
    Settings settings{.app = AppName::parse("shop").value(),
                      .repository = "octo/app",
                      .head_source = HeadSource::github_api,
                      .branch = BranchName::parse("main").value()};
};

bool is_head(const HeadAnswer& answer, const std::string& hex) {
    const auto* head = std::get_if<NewHead>(&answer.what);
    return head != nullptr && head->commit.hex() == hex;
}
bool is_not_modified(const HeadAnswer& answer) {
    return std::holds_alternative<NotModified>(answer.what);
}

}  // namespace

TEST_CASE_METHOD(Fixture, "a head is reported once, and then as not modified") {
    CHECK(is_head(ask(), one));
    CHECK(is_not_modified(ask(commit(one))));
    CHECK(last_request()["status"] == 304);
    CHECK(last_request()["connection"] == 1);
    order("branch", {{"repository", "octo/app"}, {"branch", "main"}, {"commit", two}});
    CHECK(is_head(ask(commit(one)), two));
}

TEST_CASE_METHOD(Fixture, "an idle poll is one request of at most 300 bytes") {
    forge::HeadRequest request{settings, commit(one), {}};
    const auto response = fetch(client, forge::head_request(request, {}));
    REQUIRE(response);
    CHECK(response->status == 304);
    CHECK(response->bytes_sent <= 300);
}

TEST_CASE_METHOD(Fixture, "a branch with a slash is one ref") {
    settings.branch = BranchName::parse("feature/x").value();
    CHECK(is_head(ask(), two));
}

TEST_CASE_METHOD(Fixture, "the branch of a real repository is followed") {
    const auto git = (directory.path / "app.git").string();
    test::must_run({"git", "init", "--quiet", "--bare", git});
    test::must_run({"sh", "-c",
                    "git --git-dir=" + git +
                        " -c user.name=n -c user.email=e update-ref refs/heads/main $(git "
                        "--git-dir=" +
                        git +
                        " -c user.name=n -c user.email=e commit-tree -m first "
                        "4b825dc642cb6eb9a060e54bf8d69288fbee4904 </dev/null)"});
    repository({{"git", git}});
    const auto answer = ask();
    REQUIRE(std::holds_alternative<NewHead>(answer.what));
    CHECK(is_not_modified(ask(std::get<NewHead>(answer.what).commit)));
}

TEST_CASE_METHOD(Fixture, "not modified is free with a token, and counted without one") {
    ask(commit(one));
    ask(commit(one));
    CHECK(standin.control({{"do", "window"}})["used"] == 2);
    token();
    const auto answer = ask(commit(one));
    CHECK(last_request()["token"] == "known");
    CHECK(answer.remaining == 5000U);
    CHECK(standin.control({{"do", "window"}, {"token", "t0ken"}})["used"] == 0);
}

TEST_CASE_METHOD(Fixture, "the expiry of the token and its budget are reported") {
    token({{"expires", "2027-01-02 03:04:05 UTC"}});
    order("poll_interval", {{"seconds", 300}});
    const auto answer = ask();
    REQUIRE(answer.token_expires);
    CHECK(format_utc(*answer.token_expires) == "2027-01-02T03:04:05Z");
    CHECK(answer.remaining == 4999U);
    CHECK(answer.window_ends);
    CHECK(answer.poll_interval == Seconds{300});
}

TEST_CASE_METHOD(Fixture, "missing rate limits do not count as zero") {
    order("no_limits");
    const auto answer = ask();
    CHECK(is_head(answer, one));
    CHECK_FALSE(answer.remaining);
}

TEST_CASE_METHOD(Fixture, "a private repository needs a token with read access to its contents") {
    repository({{"private", true}});
    CHECK(poll_error().kind == PollErrorKind::no_access);
    token({{"repositories", json::array({"octo/app"})}});
    CHECK(is_head(ask(), one));
    order("token", {{"token", "t0ken"}, {"contents", false}});
    CHECK(poll_error().kind == PollErrorKind::no_access);
    order("token", {{"token", "t0ken"}, {"hidden", false}});
    const auto forbidden = poll_error();
    CHECK(forbidden.kind == PollErrorKind::forbidden);
    CHECK_THAT(forbidden.hint, ContainsSubstring("contents=read"));
    order("token", {{"token", "t0ken"}, {"repositories", json::array({"octo/other"})}});
    CHECK(poll_error().kind == PollErrorKind::no_access);
}

TEST_CASE_METHOD(Fixture,
                 "a token that is not authorized for SSO, or is revoked, is reported as that") {
    token({{"sso", "https://github.com/orgs/octo/sso?authorization_request=A"}});
    const auto sso = poll_error();
    CHECK(sso.kind == PollErrorKind::sso_required);
    CHECK_THAT(sso.hint, ContainsSubstring("https://github.com/orgs/octo/sso"));
    order("token", {{"token", "t0ken"}, {"sso", nullptr}, {"revoked", true}});
    const auto bad = poll_error();
    CHECK(bad.kind == PollErrorKind::bad_token);
    CHECK_THAT(bad.hint, ContainsSubstring(settings.token_file->string()));
}

TEST_CASE_METHOD(Fixture,
                 "missing, empty and blocked repositories and branches are distinguished") {
    settings.branch = BranchName::parse("gone").value();
    CHECK(poll_error().kind == PollErrorKind::no_branch);
    repository({{"branches", json::object()}});
    CHECK(poll_error().kind == PollErrorKind::empty_repository);
    repository({{"block", {{"reason", "dmca"}, {"html_url", "https://github.com/dmca/1"}}}});
    CHECK(poll_error().kind == PollErrorKind::legal_block);
    order("delete", {{"name", "octo/app"}});
    CHECK(poll_error().kind == PollErrorKind::no_access);
}

TEST_CASE_METHOD(Fixture, "an exhausted budget causes a wait until its window ends") {
    order("window", {{"used", 60}});
    const auto reset = standin.control({{"do", "window"}})["reset"].get<std::int64_t>();
    const auto limited = poll_error();
    CHECK(limited.kind == PollErrorKind::rate_limited);
    REQUIRE(limited.not_before);
    const auto off = *limited.not_before - TimePoint{Seconds{reset}};
    CHECK(std::chrono::abs(off) <= Seconds{2});
}

TEST_CASE_METHOD(Fixture, "a secondary limit is obeyed in seconds, as a date, and without a time") {
    const auto wait = [&](json limit) {
        order("secondary", std::move(limit));
        const auto before = system_clock().now();
        const auto limited = poll_error();
        CHECK(limited.kind == PollErrorKind::rate_limited);
        REQUIRE(limited.not_before);
        return std::chrono::round<Seconds>(*limited.not_before - before);
    };
    CHECK(std::chrono::abs(wait({{"retry_after", 90}}) - Seconds{90}) <= Seconds{2});
    CHECK(std::chrono::abs(wait({{"retry_after", 90}, {"form", "date"}, {"status", 429}}) -
                           Seconds{90}) <= Seconds{2});
    CHECK(wait({{"status", 403}}) >= Seconds{60});
    CHECK(is_head(ask(), one));
}

TEST_CASE_METHOD(Fixture, "an error of the server names the request") {
    order("reply", {{"status", 502}, {"body", "<html>"}});
    const auto failing = poll_error();
    CHECK(failing.kind == PollErrorKind::server_error);
    CHECK_THAT(failing.message, ContainsSubstring("502") && ContainsSubstring("5747:"));
}

TEST_CASE_METHOD(Fixture,
                 "a renamed repository is followed, reported, and then polled by its number") {
    token();
    order("rename", {{"old", "octo/app"}, {"new", "octo/shop"}});
    const auto moved = ask();
    CHECK(is_head(moved, one));
    CHECK(moved.repository_id == 42);
    CHECK(moved.moved_to == "octo/shop");
    for (const auto& request : standin.requests())
        CHECK(request["token"] == "known");

    const auto requests = standin.requests().size();
    CHECK(is_not_modified(ask(commit(one), 42)));
    CHECK(standin.requests().size() == requests + 1);
    CHECK(last_request()["path"] == "/repositories/42/commits/heads%2Fmain");
}

TEST_CASE_METHOD(Fixture, "an unknown new name does not prevent the answer") {
    order("rename", {{"old", "octo/app"}, {"new", "octo/shop"}});
    order("window", {{"used", 58}});  // enough for the redirect and the head
    const auto moved = ask();
    CHECK(is_head(moved, one));
    CHECK(moved.repository_id == 42);
    CHECK_FALSE(moved.moved_to);
}

TEST_CASE_METHOD(Fixture, "a redirect to another host is not followed, and gets no token") {
    const test::StandIn stranger;
    token();
    order("fault", {{"kind", "redirect"},
                    {"location", stranger.api + "/repositories/42/commits/heads%2Fmain"}});
    CHECK(poll_error().kind == PollErrorKind::invalid_answer);
    CHECK(stranger.requests().empty());
}

TEST_CASE_METHOD(Fixture, "a redirect cycle is an error") {
    order("fault", {{"kind", "redirect"},
                    {"requests", 100},
                    {"location", standin.api + "/repositories/42/commits/heads%2Fmain"}});
    CHECK(poll_error().kind == PollErrorKind::invalid_answer);
    CHECK(standin.requests().size() == 4);
}

TEST_CASE_METHOD(Fixture, "an incomplete answer and nonsense are errors") {
    for (const auto* kind : {"close", "cut_headers", "cut_body", "reset"}) {
        CAPTURE(kind);
        order("fault", {{"kind", kind}});
        const auto broken = poll_error();
        CHECK(broken.kind == PollErrorKind::unreachable);
        CHECK_THAT(broken.message, ContainsSubstring("main of octo/app: "));
    }
    for (const auto* kind : {"garbage", "huge_body", "endless_headers"}) {
        CAPTURE(kind);
        order("fault", {{"kind", kind}});
        CHECK(poll_error().kind == PollErrorKind::invalid_answer);
    }
    CHECK(is_not_modified(ask(commit(one))));
}

TEST_CASE_METHOD(Fixture, "an untrusted certificate is a poll error of its own") {
    const test::Authority authority{directory.path / "ca"};
    authority.certify("server", "IP:127.0.0.1");
    const test::TlsFront front{authority, "server", standin.port};
    settings.github->api = front.url();
    CHECK(poll_error().kind == PollErrorKind::untrusted);
    settings.ca_file = authority.file("ca.pem");
    CHECK(is_not_modified(ask(commit(one))));
}

TEST_CASE("an Enterprise server's API has its own base, also after a rename") {
    const test::StandIn enterprise{{"--prefix", "/api/v3"}};
    enterprise.control(
        {{"do", "repository"}, {"name", "octo/app"}, {"id", 7}, {"branches", {{"main", one}}}});
    enterprise.control({{"do", "rename"}, {"old", "octo/app"}, {"new", "octo/shop"}});
    Fixture fixture;
    fixture.settings.github->api = enterprise.api;
    const auto answer = fixture.ask();
    CHECK(is_head(answer, one));
    CHECK(answer.moved_to == "octo/shop");
}

TEST_CASE_METHOD(Fixture, "a token file that changes is read again") {
    token();
    order("token", {{"token", "newer"}});
    CHECK(is_head(ask(), one));
    const auto before = forge->budget(settings);
    write_token("newer");
    CHECK(forge->budget(settings) != before);
    order("token", {{"token", "t0ken"}, {"revoked", true}});
    CHECK(is_head(ask(), one));
    CHECK(last_request()["token"] == "known");
}

TEST_CASE_METHOD(Fixture, "an unusable token file is an error of this host, not of GitHub") {
    const auto refused = [&] {
        const auto answer = poll_error();
        CHECK(answer.kind == PollErrorKind::local);
        CHECK_THAT(answer.message, ContainsSubstring("token"));
        CHECK(answer.message.find("t0ken") == std::string::npos);
        CHECK(forge->budget(settings).empty());
    };
    settings.token_file = directory.path / "token";
    refused();  // missing
    write_token(" \n");
    refused();
    write_token("t0ken");
    CHECK_FALSE(forge->budget(settings).empty());
    // Others may read it now, although its content is unchanged.
    std::filesystem::permissions(*settings.token_file, std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    refused();
    CHECK(standin.requests().empty());
}

TEST_CASE_METHOD(Fixture, "a token of two lines is never sent") {
    write_token("t0ken\r\nX-Injected: yes\n");
    const auto answer = poll_error();
    CHECK(answer.kind == PollErrorKind::local);
    CHECK(standin.requests().empty());
}

TEST_CASE_METHOD(Fixture, "apps with the same server and token share a budget") {
    settings.github->api = "https://api.github.com";
    auto other = settings;
    other.github->name = "other";
    CHECK(forge->budget(settings) == rest_budget("https://api.github.com", std::nullopt));
    CHECK(forge->budget(other) == forge->budget(settings));
    write_token("t0ken");
    const auto with_token = forge->budget(settings);
    CHECK(with_token == rest_budget("https://api.github.com", Secret{"t0ken"}));
    settings.github->api = "https://git.example/api/v3";
    CHECK(forge->budget(settings) != with_token);
}

TEST_CASE_METHOD(Fixture, "a poll outlives its forge and settings") {
    std::optional<HeadAnswer> answer;
    {
        const auto passing = settings;
        forge->poll_head({passing, {}, {}}, [&](HeadAnswer a) { answer = std::move(a); });
    }
    forge.reset();
    std::vector<http::Waited> none;
    while (!answer)
        client.poll(none, Milliseconds{20'000});
    CHECK(is_head(*answer, one));
}
