#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/util/secret.hpp>

namespace inhaul::cli {

/// Who sits at the terminal, if somebody does.
class Prompt {
public:
    /// Present when standard input and output are a terminal.
    Prompt();
    /// Nobody: nothing is asked.
    [[nodiscard]] static Prompt absent() { return Prompt{false}; }

    [[nodiscard]] bool present() const { return present_; }
    /// The line that they write, trimmed; `otherwise` for an empty one, which the question shows.
    /// Nothing at the end of input, and when nobody is there.
    [[nodiscard]] std::optional<std::string> ask(std::string_view question,
                                                 const std::string& otherwise = {}) const;
    /// Likewise, without showing what they write.
    [[nodiscard]] std::optional<Secret> ask_secretly(std::string_view question) const;
    /// Whether they say yes, or nothing but Enter.
    [[nodiscard]] bool agrees(std::string_view question) const;

private:
    explicit Prompt(bool present) : present_(present) {}
    bool present_;
};

}  // namespace inhaul::cli
