// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <inhaul/util/secret.hpp>

namespace inhaul {

using Digest = std::array<unsigned char, 32>;

/// Returns the HMAC-SHA256 of `data` (RFC 2104).
[[nodiscard]] Digest hmac_sha256(const Secret& key, std::string_view data);

/// Returns true if the digests are equal. Its time does not depend on where they differ.
[[nodiscard]] bool equal_in_constant_time(const Digest& one, const Digest& other);

/// Returns the digest for 64 hex digits of either case, or nothing for other text.
[[nodiscard]] std::optional<Digest> digest_from_hex(std::string_view hex);
/// Returns 64 hex digits in lower case.
[[nodiscard]] std::string to_hex(const Digest& digest);

/// Returns the bytes for base64 text (RFC 4648 section 4) with padding and without white space.
/// Returns nothing for other text.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);
[[nodiscard]] std::string to_base64(std::string_view bytes);

}  // namespace inhaul
