// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/util/hmac.hpp>
#include <inhaul/util/secret.hpp>

/// One webhook of GitHub's as a relay passes it on: the headers that it came with, and its body as
/// far as the relay has kept its bytes.
///
///     smee     {"x-github-event":"push", …, "body":{…}, "timestamp":1}   parsed and written again
///              … "rawdata":"{…}"                                         some versions, as well
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
    std::string event;  ///< X-GitHub-Event; empty when there is none
    std::string id;     ///< X-GitHub-Delivery; not signed
    std::string content_type;
    Signature signature = Signature::missing;
    Digest claimed{};  ///< when present
    std::optional<std::string> rawdata;
    std::optional<std::string> base64;
    std::optional<std::string> span;  ///< the bytes of `body`
};

/// Nothing for what is no such object: the relay's own events, or noise.
[[nodiscard]] std::optional<Delivery> read_delivery(std::string_view data);

/// The bytes that one of these secrets has signed: of those that the relay may have kept, the first
/// that verify. Compared in constant time. Nothing when none does.
[[nodiscard]] std::optional<std::string> verified_body(const Delivery& delivery,
                                                       const std::vector<Secret>& secrets);

/// The body as it came, unverified.
[[nodiscard]] std::string unverified_body(const Delivery& delivery);

}  // namespace inhaul::watch
