// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/util/result.hpp>

namespace inhaul {

/// A token or passphrase. It cannot be formatted, streamed or compared by accident; reveal() is the
/// only way to its bytes, so that every use can be found. The bytes are in memory once, however
/// many secrets have them, and are wiped with the last one.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string bytes);

    [[nodiscard]] const std::string& reveal() const;
    [[nodiscard]] bool empty() const { return reveal().empty(); }

    /// Twelve hex digits of SHA-256 over the bytes: tells two tokens apart without telling either.
    [[nodiscard]] std::string fingerprint() const;

private:
    struct Bytes;
    /// Of all that there are.
    static std::vector<std::weak_ptr<const Bytes>>& known();

    std::shared_ptr<const Bytes> bytes_;
};

/// Overwrites all that the string has room for, and empties it.
void wipe(std::string& bytes) noexcept;

/// 64 hex digits that nobody can guess.
[[nodiscard]] Result<Secret> fresh_secret();

/// `text` with every occurrence of the secret's bytes replaced by `***`; for messages of libraries.
[[nodiscard]] std::string redact(std::string text, const Secret& secret);

}  // namespace inhaul
