#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/config/config.hpp>
#include <inhaul/settings.hpp>

namespace inhaul::config {

/// A TOML file that collects everything that is wrong with it while it is read.
class Document {
public:
    /// A text that is not TOML is a problem, and then the document is empty.
    Document(std::string_view toml, fs::path file);
    ~Document();
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    /// A problem for each key and table that there is not, with the nearest that there is.
    void check_keys();

    /// The value of a dotted key; nothing when it is absent or, which is a problem, of another
    /// type.
    [[nodiscard]] std::optional<std::string> text(std::string_view key);
    [[nodiscard]] std::optional<std::vector<std::string>> words(std::string_view key);
    /// Commands, each an array of strings; one alone may be written without the outer brackets.
    [[nodiscard]] std::optional<Commands> commands(std::string_view key);
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view key);
    [[nodiscard]] std::optional<bool> flag(std::string_view key);
    /// Whether it is a string, and not another type.
    [[nodiscard]] bool is_text(std::string_view key) const;
    /// Whether the key is there, of whatever type.
    [[nodiscard]] bool has(std::string_view key) const;

    /// Notes a problem at the key's value; at the beginning of the file when it is absent.
    void problem(std::string_view key, std::string message, std::string hint = {});
    [[nodiscard]] bool broken() const { return !problems_.empty(); }
    /// In the order of their places.
    [[nodiscard]] std::vector<Problem> take_problems();

private:
    struct Tree;
    fs::path file_;
    std::unique_ptr<Tree> tree_;
    std::vector<Problem> problems_;
};

}  // namespace inhaul::config
