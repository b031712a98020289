// SPDX-License-Identifier: Apache-2.0

#include "watch/delivery.hpp"
#include "support/catch.hpp"
#include "watch/json_members.hpp"
#include "watch/push_event.hpp"

namespace inhaul::watch {
namespace {

const Secret secret{"It's a Secret to Everybody"};

/// Returns a relay's delivery of a webhook with this body. GitHub has signed `signed_body`.
std::string relayed(const std::string& fields, const std::string& signed_body) {
    return R"({"x-github-event":"push","x-github-delivery":"1-2-3","x-hub-signature":"sha1=00",)"
           R"("x-hub-signature-256":"sha256=)" +
           to_hex(hmac_sha256(secret, signed_body)) + "\"," + fields + "}";
}

std::optional<std::string> verified(const std::string& data) {
    const auto delivery = read_delivery(data);
    REQUIRE(delivery);
    return verified_body(*delivery, {secret});
}

}  // namespace

TEST_CASE("the signature of GitHub's example is reproduced") {
    CHECK(to_hex(hmac_sha256(secret, "Hello, World!")) ==
          "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}

TEST_CASE("a body with unchanged bytes verifies, with any content") {
    for (const std::string body : {
             R"({"ref":"refs/heads/main"})",
             "{\"a\":\"Größe, 🚀, \xE2\x80\xA8 and \x7f\"}",
             R"({"a":"\"quotes\" and \\ and \\\" and } and ]","b":[{"c":"}"}]})",
             R"({"a":"\u0000\u001b\n","b":1.5,"c":null,"d":true,"e":[],"f":{}})",
             R"({"a":"a lone \ud83d surrogate"})",
             R"({"body":{"body":1}})",
         }) {
        INFO(body);
        CHECK(verified(relayed("\"body\":" + body + ",\"timestamp\":1", body)) == body);
    }
}

TEST_CASE("escapes that JavaScript rewrote in lower case are restored") {
    const std::string body = R"({"a":"\u001B and \\u001b and \\\u001F"})";
    const std::string again = R"({"a":"\u001b and \\u001b and \\\u001f"})";
    CHECK(verified(relayed("\"body\":" + again, body)) == body);
}

TEST_CASE("a changed body does not verify, but a kept copy of its bytes does") {
    const std::string body = "{ \"n\": 1.0 }\r\n";
    const auto changed = relayed(R"("body":{"n":1})", body);
    CHECK_FALSE(verified(changed));
    CHECK(verified(relayed(R"("body":{"n":1},"rawdata":"{ \"n\": 1.0 }\r\n")", body)) == body);
    CHECK(verified(relayed(R"("bodyB":"eyAibiI6IDEuMCB9DQo=")", body)) == body);
    CHECK_FALSE(verified(relayed(R"("bodyB":"eyAibiI6IDEuMCB9DQo")", body)));
    CHECK_FALSE(verified(relayed(R"("bodyB":" eyAibiI6IDEuMCB9DQo=")", body)));
}

TEST_CASE("the last of several members with one name counts, as for the relay") {
    const std::string body = R"({"ref":"good"})";
    CHECK(verified(relayed(R"("body":{"ref":"evil"},"body":)" + body, body)) == body);
    CHECK_FALSE(verified(relayed("\"body\":" + body + R"(,"body":{"ref":"evil"})", body)));
}

TEST_CASE("one matching secret of several is enough") {
    const std::string body = "{}";
    const auto delivery = read_delivery(relayed("\"body\":{}", body));
    REQUIRE(delivery);
    CHECK(verified_body(*delivery, {Secret{"old"}, secret}) == body);
    CHECK_FALSE(verified_body(*delivery, {Secret{"old"}}));
    CHECK_FALSE(verified_body(*delivery, {}));
}

TEST_CASE("a signature is present, missing, malformed, or only SHA-1") {
    const auto digest = to_hex(hmac_sha256(secret, "{}"));
    const auto signature_of = [](const std::string& header) {
        return read_delivery("{" + header + "\"body\":{}}").value().signature;
    };
    CHECK(signature_of("\"x-hub-signature-256\":\"sha256=" + digest + "\",") == Signature::present);
    CHECK(signature_of("") == Signature::missing);
    CHECK(signature_of(R"("x-hub-signature":"sha1=00",)") == Signature::sha1_only);
    for (const auto& bad : {digest, "sha256=" + digest.substr(1), "sha256=" + digest + "0",
                            "sha256=" + digest.substr(1) + "g", "SHA256=" + digest, std::string{}})
        CHECK(signature_of("\"x-hub-signature-256\":\"" + bad + "\",") == Signature::malformed);
    CHECK(signature_of("\"x-hub-signature-256\":[\"sha256=" + digest + "\"],") ==
          Signature::malformed);
}

TEST_CASE("data that is not a delivery is ignored") {
    for (const auto* const data :
         {"", "x", "{}", "[]", "\"body\"", "{\"message\":\"connected\"}", "{\"body\":{}",
          "{\"body\":{}}x", "{\"body\":}", "{\"body\" {}}", "{body:{}}", "{\"body\":\"", "{\"a\""})
        CHECK_FALSE(read_delivery(data));
}

TEST_CASE("members are the original bytes, and strings are decoded", "[long]") {
    const auto members = members_of(" { \"a\" : [1, \"]\"] ,\"b\":-1.5e3,\"a\":\"\\u00e9\\n\" } ");
    REQUIRE(members);
    REQUIRE(members->size() == 3);
    CHECK((*members)[0].value == "[1, \"]\"]");
    CHECK((*members)[1].value == "-1.5e3");
    CHECK(text_at(*members, "a") == "é\n");
    CHECK_FALSE(text_at(*members, "b"));
    CHECK_FALSE(text_of(R"("\ud83d")"));
    CHECK_FALSE(text_of("\"\xff\""));
    // Without recursion: a million brackets need only a million bytes.
    CHECK(members_of("{\"a\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}"));
    CHECK_FALSE(members_of("{\"a\":" + std::string(1'000'000, '[')));
}

TEST_CASE("the fields of a push that identify repository and branch are parsed") {
    const std::string zeros(40, '0');
    const std::string a(40, 'a');
    const auto push = read_push(R"({"ref":"refs/heads/a/b","before":")" + zeros + R"(","after":")" +
                                a + R"(","deleted":false,"commits":[],"repository":{"id":123,)" +
                                R"("full_name":"octocat/shop","owner":{"id":7}}})");
    REQUIRE(push);
    CHECK(push->ref == "refs/heads/a/b");
    CHECK_FALSE(push->before);
    CHECK(push->after == CommitId::parse(a));
    CHECK_FALSE(push->deleted);
    CHECK(push->repository_id == 123);
    CHECK(push->repository == "octocat/shop");
    CHECK(read_push(R"({"ref":"x","deleted":true,"repository":{"id":1.5}})")->deleted);
    CHECK_FALSE(read_push(R"({"ref":"x","repository":{"id":1.5}})")->repository_id);
    for (const auto* const body : {"", "{}", R"({"ref":1,"repository":{}})", R"({"ref":"x"})",
                                   R"({"ref":"x","repository":[]})"})
        CHECK_FALSE(read_push(body));
}

}  // namespace inhaul::watch
