// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/util/result.hpp>

namespace inhaul {

/// A token or passphrase. It cannot be formatted, streamed or compared by accident. Only reveal()
/// returns its bytes, so that every use can be found. Equal secrets share one copy of the bytes,
/// which is wiped when the last of them is destroyed.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string bytes);

    [[nodiscard]] const std::string& reveal() const;
    [[nodiscard]] bool empty() const { return reveal().empty(); }

    /// Returns twelve hex digits of the SHA-256 of the bytes. They distinguish two tokens without
    /// revealing them.
    [[nodiscard]] std::string fingerprint() const;

private:
    struct Bytes;
    /// Returns the bytes of all secrets of this process.
    static std::vector<std::weak_ptr<const Bytes>>& known();

    std::shared_ptr<const Bytes> bytes_;
};

/// Overwrites the whole capacity of the string and empties it.
void wipe(std::string& bytes) noexcept;

/// Returns a new secret of 64 random hex digits (256 bits). Fails if the system has no randomness.
[[nodiscard]] Result<Secret> fresh_secret();

/// Returns `text` with `***` in place of the secret's bytes. For messages of libraries.
[[nodiscard]] std::string redact(std::string text, const Secret& secret);

}  // namespace inhaul
