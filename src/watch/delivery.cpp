// SPDX-License-Identifier: Apache-2.0
#include "delivery.hpp"

#include "json_members.hpp"

namespace inhaul::watch {
namespace {

void read_signature(Delivery& delivery, const std::vector<Member>& members) {
    constexpr std::string_view scheme{"sha256="};
    const auto value = value_of(members, "x-hub-signature-256");
    if (!value) {
        const bool sha1 = value_of(members, "x-hub-signature").has_value();
        delivery.signature = sha1 ? Signature::sha1_only : Signature::missing;
        return;
    }
    const auto text = text_of(*value).value_or("");
    const auto digest =
        text.starts_with(scheme) ? digest_from_hex(text.substr(scheme.size())) : std::nullopt;
    delivery.signature = digest ? Signature::present : Signature::malformed;
    if (digest) delivery.claimed = *digest;
}

/// Restores `\u001B`, as GitHub writes it, from `\u001b`, as JavaScript rewrites it. After an
/// escaped backslash the `u` is a plain letter.
std::string with_upper_case_escapes(std::string_view body) {
    constexpr std::size_t escape_digits = 4;
    std::string upper{body};
    for (std::size_t at = 0; (at = upper.find('\\', at)) != std::string::npos; at += 2) {
        if (at + 1 >= upper.size() || upper[at + 1] != 'u') continue;
        for (std::size_t i = at + 2; i < std::min(at + 2 + escape_digits, upper.size()); ++i)
            if (upper[i] >= 'a' && upper[i] <= 'f')
                upper[i] = static_cast<char>(upper[i] - 'a' + 'A');
    }
    return upper;
}

/// Passes candidates for the signed bytes to `take`, the most likely first, until it returns true.
bool any_body(const Delivery& delivery, const std::function<bool(std::string&&)>& take) {
    if (delivery.rawdata && take(std::string{*delivery.rawdata})) return true;
    if (delivery.base64)
        if (auto bytes = from_base64(*delivery.base64); bytes && take(std::move(*bytes)))
            return true;
    return delivery.span &&
           (take(std::string{*delivery.span}) || take(with_upper_case_escapes(*delivery.span)));
}

}  // namespace

std::optional<Delivery> read_delivery(std::string_view data) {
    const auto members = members_of(data);
    if (!members) return std::nullopt;
    const auto body = value_of(*members, "body");
    Delivery delivery{.event = text_at(*members, "x-github-event").value_or(""),
                      .id = text_at(*members, "x-github-delivery").value_or(""),
                      .content_type = text_at(*members, "content-type").value_or(""),
                      .rawdata = text_at(*members, "rawdata"),
                      .base64 = text_at(*members, "bodyB")};
    if (body) delivery.span = std::string{*body};
    if (!delivery.rawdata && !delivery.base64 && !delivery.span) return std::nullopt;
    read_signature(delivery, *members);
    return delivery;
}

std::optional<std::string> verified_body(const Delivery& delivery,
                                         const std::vector<Secret>& secrets) {
    std::optional<std::string> verified;
    if (delivery.signature != Signature::present) return verified;
    any_body(delivery, [&](std::string&& body) {
        for (const auto& secret : secrets) {
            if (!equal_in_constant_time(hmac_sha256(secret, body), delivery.claimed)) continue;
            verified = std::move(body);
            return true;
        }
        return false;
    });
    return verified;
}

std::string unverified_body(const Delivery& delivery) {
    std::string first;
    any_body(delivery, [&](std::string&& body) {
        first = std::move(body);
        return true;
    });
    return first;
}

}  // namespace inhaul::watch
