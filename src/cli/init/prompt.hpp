// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/util/secret.hpp>

namespace inhaul::cli {

/// Asks the operator at the terminal, if there is one.
class Prompt {
public:
    /// Present when standard input and output are a terminal.
    Prompt();
    /// A prompt that asks nothing.
    [[nodiscard]] static Prompt absent() { return Prompt{false}; }

    [[nodiscard]] bool present() const { return present_; }
    /// Returns the trimmed answer, or `otherwise`, which the question shows, for an empty one.
    /// Returns nothing at the end of input, and without a terminal.
    [[nodiscard]] std::optional<std::string> ask(std::string_view question,
                                                 const std::string& otherwise = {}) const;
    /// Does the same without echo.
    [[nodiscard]] std::optional<Secret> ask_secretly(std::string_view question) const;
    /// Returns whether the answer is yes or an empty line.
    [[nodiscard]] bool agrees(std::string_view question) const;

private:
    explicit Prompt(bool present) : present_(present) {}
    bool present_;
};

}  // namespace inhaul::cli
