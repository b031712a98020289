#pragma once

#include <string>
#include <string_view>

#include <inhaul/util/result.hpp>

namespace inhaul {

/// A token or passphrase. It cannot be formatted, streamed or compared by accident; reveal() is the
/// only way to its bytes, so that every use can be found. The bytes are wiped when it is destroyed.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret other) noexcept;
    ~Secret();

    [[nodiscard]] const std::string& reveal() const { return bytes_; }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }

    /// Twelve hex digits of SHA-256 over the bytes: tells two tokens apart without telling either.
    [[nodiscard]] std::string fingerprint() const;

private:
    std::string bytes_;
};

/// 64 hex digits that nobody can guess.
[[nodiscard]] Result<Secret> fresh_secret();

/// `text` with every occurrence of the secret's bytes replaced by `***`; for messages of libraries.
[[nodiscard]] std::string redact(std::string text, const Secret& secret);

}  // namespace inhaul
