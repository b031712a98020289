// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/util/hmac.hpp>
#include <inhaul/util/secret.hpp>

/// One GitHub webhook from a relay: its headers, and its body if the relay has kept the bytes.
///
///     smee     {"x-github-event":"push", …, "body":{…}, "timestamp":1}   parsed and serialised
///              … "rawdata":"{…}"                                         in some versions, also
///     gosmee   {"x-github-event":"push", …, "bodyB":"e30=", "timestamp":"1"}
namespace inhaul::watch {

/// The X-Hub-Signature-256 header, or why there is none.
enum class Signature {
    present,
    missing,
    sha1_only,  ///< X-Hub-Signature alone, which is not accepted
    malformed,
};

struct Delivery {
    std::string event;  ///< X-GitHub-Event; empty if missing
    std::string id;     ///< X-GitHub-Delivery; not signed
    std::string content_type;
    Signature signature = Signature::missing;
    Digest claimed{};  ///< if `signature` is present
    std::optional<std::string> rawdata;
    std::optional<std::string> base64;
    std::optional<std::string> span;  ///< the bytes of `body`
};

/// Returns the webhook in an event's data, or nothing for other data, such as the relay's own
/// events.
[[nodiscard]] std::optional<Delivery> read_delivery(std::string_view data);

/// Returns the body whose signature is valid for one of the secrets, or nothing. Tries the forms of
/// the body that the relay may have kept. Compares in constant time.
[[nodiscard]] std::optional<std::string> verified_body(const Delivery& delivery,
                                                       const std::vector<Secret>& secrets);

/// Returns the received body, unverified.
[[nodiscard]] std::string unverified_body(const Delivery& delivery);

}  // namespace inhaul::watch
