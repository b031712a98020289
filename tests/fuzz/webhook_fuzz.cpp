// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/hmac.hpp>

#include <nlohmann/json.hpp>

#include <watch/delivery.hpp>
#include <watch/json_members.hpp>

#include "fuzzing.hpp"

// The input is the signature header of a webhook, and below it the signed body.

using namespace inhaul;

namespace {

const std::vector<Secret>& secrets() {
    static const std::vector<Secret> both{Secret{"older"}, Secret{"sesame"}};
    return both;
}

std::optional<std::string> verified(const nlohmann::json& event) {
    const auto delivery =
        watch::read_delivery(event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    fuzz::require(delivery.has_value(), "a delivery with a body is read");
    return watch::verified_body(*delivery, secrets());
}

/// Only the signed body is accepted.
void check_signed(const std::string& body) {
    const auto digest = hmac_sha256(secrets().back(), body);
    nlohmann::json event{{"x-github-event", "push"},
                         {"x-hub-signature-256", "sha256=" + to_hex(digest)},
                         {"rawdata", body}};
    fuzz::require(verified(event) == body, "a body with its signature is accepted");
    event["rawdata"] = body + " ";
    fuzz::require(!verified(event), "another body is not accepted");
    event["rawdata"] = body;
    auto wrong = digest;
    wrong[body.size() % wrong.size()] ^= 1U;
    event["x-hub-signature-256"] = "sha256=" + to_hex(wrong);
    fuzz::require(!verified(event), "another signature is not accepted");
}

void check_header(std::string_view header, const std::string& body) {
    const nlohmann::json event{{"x-hub-signature-256", header}, {"rawdata", body}};
    const auto data = event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto delivery = watch::read_delivery(data);
    fuzz::require(delivery.has_value(), "a delivery is read with any signature");
    fuzz::require(delivery->signature != watch::Signature::missing,
                  "an existing signature is not missing");
    fuzz::require(
        (delivery->signature == watch::Signature::present) ==
            (header.starts_with("sha256=") && digest_from_hex(header.substr(7)).has_value()),
        "a signature is 64 hex digits behind its scheme");
    fuzz::require(!watch::verified_body(*delivery, {}), "without a secret nothing is verified");
    fuzz::require(!watch::verified_body(*delivery, secrets()), "nobody can guess a signature");
}

}  // namespace

void fuzz::run(std::string_view input) {
    if (const auto digest = digest_from_hex(input))
        require(digest_from_hex(to_hex(*digest)) == digest, "a digest reads back as the same");
    if (const auto bytes = from_base64(input))
        require(bytes->size() <= input.size() / 4 * 3, "base64 shrinks");
    const auto header = take_line(input);
    // A JSON text holds UTF-8 only.
    const auto json = nlohmann::json(std::string{input})
                          .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto body = watch::text_of(json).value_or("");
    check_header(header, body);
    check_signed(body);
    if (const auto members = watch::members_of(input))
        for (const auto& member : *members) {
            require(!member.value.empty(), "a member has a value");
            require(member.value.data() >= input.data() &&
                        member.value.data() + member.value.size() <= input.data() + input.size(),
                    "a member is a part of the text");
        }
}
