// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Checks the content of a file that must be a private key for OpenSSH.
namespace inhaul::config {

struct KeyFault {
    std::string what;  ///< the predicate of a sentence: "is a public key"
    std::string hint;
};

/// Returns a fault if the content begins like a public key, a certificate or another key format.
[[nodiscard]] std::optional<KeyFault> not_private_key(std::string_view content,
                                                      const std::string& file);

/// True if the content has the markers of a private key in a format that OpenSSH reads.
[[nodiscard]] bool is_private_key(std::string_view content);

/// Returns a fault if an editor or an incomplete copy damaged the key, so that OpenSSH rejects it.
[[nodiscard]] std::optional<KeyFault> damaged_key(std::string_view content,
                                                  const std::string& file);

[[nodiscard]] bool is_encrypted(std::string_view key);

}  // namespace inhaul::config
