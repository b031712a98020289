// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/http.hpp>

#include "support/catch.hpp"
#include "support/standin.hpp"
#include "support/tls.hpp"

using namespace inhaul;
using test::ContainsSubstring;

namespace {

struct Fixture {
    Fixture() {
        test::forget_environment();
        standin.control({{"do", "repository"},
                         {"name", "octo/app"},
                         {"branches", {{"main", std::string(40, 'a')}}}});
        authority.certify("server", "IP:127.0.0.1,DNS:localhost");
    }
    [[nodiscard]] http::Request request(const test::TlsFront& front,
                                        std::optional<std::string> ca = {}) const {
        http::Request https_request{.url = front.url("/repos/octo/app/commits/heads%2Fmain"),
                                    .headers = {"Accept: application/vnd.github.sha"}};
        https_request.ca_file = ca ? *ca : authority.file("ca.pem");
        return https_request;
    }

    test::TemporaryDirectory directory;
    test::Authority authority{directory.path};
    test::StandIn standin;
    http::Client client{"inhaul-test/1"};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "TLS with a private authority uses HTTP/2 on one kept connection") {
    const test::TlsFront front{authority, "server", standin.port};
    for (int i = 0; i < 3; ++i) {
        const auto answer = fetch(client, request(front));
        REQUIRE(answer);
        CHECK(answer->status == 200);
        CHECK(answer->http_version == 20);
        CHECK(answer->body == std::string(40, 'a'));
    }
    const auto seen = standin.requests();
    CHECK(seen.at(0)["headers"]["x-front-connection"] ==
          seen.at(2)["headers"]["x-front-connection"]);
}

TEST_CASE_METHOD(Fixture, "requests at the same time share one HTTP/2 connection") {
    const test::TlsFront front{authority, "server", standin.port};
    std::size_t answered = 0;
    for (int i = 0; i < 5; ++i)
        client.start(request(front), [&](const auto& answer) { answered += answer ? 1U : 0U; });
    std::vector<http::Waited> none;
    while (client.running() > 0)
        client.poll(none, Milliseconds{20'000});
    CHECK(answered == 5);
    const auto seen = standin.requests();
    for (const auto& each : seen)
        CHECK(each["headers"]["x-front-connection"] == seen.at(0)["headers"]["x-front-connection"]);
}

TEST_CASE_METHOD(Fixture, "a connection with a lost answer is not used again") {
    const test::TlsFront front{authority, "server", standin.port};
    REQUIRE(fetch(client, request(front)));
    standin.control({{"do", "fault"}, {"kind", "hang"}});
    auto hung = request(front);
    hung.limits.total = Milliseconds{300};
    const auto late = fetch(client, hung);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == ErrorCode::timeout);
    REQUIRE(fetch(client, request(front)));
    const auto seen = standin.requests();
    CHECK(seen.at(0)["headers"]["x-front-connection"] ==
          seen.at(1)["headers"]["x-front-connection"]);
    CHECK(seen.at(1)["headers"]["x-front-connection"] !=
          seen.at(2)["headers"]["x-front-connection"]);
    standin.release();
}

TEST_CASE_METHOD(Fixture, "an authority that is unknown to the system is not trusted") {
    const test::TlsFront front{authority, "server", standin.port};
    auto without_ca = request(front);
    without_ca.ca_file.reset();
    const auto answer = fetch(client, without_ca);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::authentication);
    CHECK(answer.error().reason == ErrorReason::untrusted_certificate);
    CHECK_FALSE(answer.error().transient);
    CHECK_THAT(answer.error().message,
               ContainsSubstring("TLS with 127.0.0.1:" + std::to_string(front.port) +
                                 ": certificate not trusted: "));
    CHECK(standin.requests().empty());
}

TEST_CASE_METHOD(Fixture, "another authority's certificate is not trusted either") {
    const test::TlsFront front{authority, "server", standin.port};
    const test::Authority stranger{directory.path / "stranger"};
    const auto answer = fetch(client, request(front, stranger.file("ca.pem")));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::authentication);
    CHECK_THAT(answer.error().hint, ContainsSubstring(stranger.file("ca.pem")));
    // A connection with one authority is not used for a request with another.
    REQUIRE(fetch(client, request(front)));
    CHECK_FALSE(fetch(client, request(front, stranger.file("ca.pem"))));
}

TEST_CASE_METHOD(Fixture, "a certificate for another name is not trusted") {
    authority.certify("other", "DNS:other.example");
    const test::TlsFront front{authority, "other", standin.port};
    const auto answer = fetch(client, request(front));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::authentication);
    CHECK(answer.error().reason == ErrorReason::untrusted_certificate);
    CHECK_THAT(answer.error().hint, ContainsSubstring("host name in the URL"));
}

TEST_CASE_METHOD(Fixture, "an expired certificate is not trusted, and the authority is no hint") {
    authority.certify("old", "IP:127.0.0.1");
    authority.expire("old", "IP:127.0.0.1");
    const test::TlsFront front{authority, "old", standin.port};
    const auto answer = fetch(client, request(front));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().reason == ErrorReason::untrusted_certificate);
    CHECK_THAT(answer.error().hint, ContainsSubstring("Renew the server's certificate"));
}

TEST_CASE_METHOD(Fixture, "an authority file without a certificate is an error of this host") {
    const test::TlsFront front{authority, "server", standin.port};
    test::write_file(directory.path / "empty.pem", "nothing\n");
    for (const auto* name : {"empty.pem", "missing.pem"}) {
        const auto answer = fetch(client, request(front, authority.file(name)));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == ErrorCode::configuration);
        CHECK_THAT(answer.error().message, ContainsSubstring(name));
    }
}

TEST_CASE_METHOD(Fixture, "a server without TLS is a broken connection, not an answer") {
    auto to_plain_port =
        http::Request{.url = "https://127.0.0.1:" + std::to_string(standin.port) + "/"};
    to_plain_port.limits.connect = Milliseconds{300};
    const auto answer = fetch(client, to_plain_port);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().transient);
}

TEST_CASE_METHOD(Fixture, "the stand-in supports TLS with HTTP/1.1, as a server without HTTP/2") {
    const test::StandIn own{
        {"--cert", authority.file("server.pem"), "--key", authority.file("server.key")}};
    own.control({{"do", "repository"},
                 {"name", "octo/app"},
                 {"branches", {{"main", std::string(40, 'b')}}}});
    const auto answer = fetch(client, {.url = own.api + "/repos/octo/app/commits/heads%2Fmain",
                                       .headers = {"Accept: application/vnd.github.sha"},
                                       .ca_file = authority.file("ca.pem")});
    REQUIRE(answer);
    CHECK(answer->body == std::string(40, 'b'));
    CHECK(answer->http_version == 11);
}
