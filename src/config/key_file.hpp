#pragma once

#include <optional>
#include <string>
#include <string_view>

/// The content of a file that is to be a private key for OpenSSH.
namespace inhaul::config {

struct KeyFault {
    std::string what;  ///< said of the file: "is the public half of a key"
    std::string hint;
};

/// Another kind of key or certificate, recognised by how it begins.
[[nodiscard]] std::optional<KeyFault> no_private_key(std::string_view content,
                                                     const std::string& file);

/// Whether it has the marks of a private key in a form that OpenSSH reads.
[[nodiscard]] bool is_private_key(std::string_view content);

/// What an editor or a copy has made of a private key, so that OpenSSH does not read it.
[[nodiscard]] std::optional<KeyFault> spoilt_key(std::string_view content, const std::string& file);

[[nodiscard]] bool is_encrypted(std::string_view key);

}  // namespace inhaul::config
