// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <inhaul/util/secret.hpp>

namespace inhaul {

using Digest = std::array<unsigned char, 32>;

/// HMAC-SHA256, RFC 2104.
[[nodiscard]] Digest hmac_sha256(const Secret& key, std::string_view data);

/// In a time that does not depend on where they differ.
[[nodiscard]] bool equal_in_constant_time(const Digest& one, const Digest& other);

/// 64 hex digits of either case; nothing for anything else.
[[nodiscard]] std::optional<Digest> digest_from_hex(std::string_view hex);
[[nodiscard]] std::string to_hex(const Digest& digest);

/// RFC 4648 section 4, with its padding and without white space; nothing for anything else.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace inhaul
