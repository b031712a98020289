#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/config/config.hpp>

namespace inhaul::config {

/// A parsed TOML file that collects everything that is wrong with it while it is read.
class Document {
public:
    Document(std::string_view toml, fs::path file);
    ~Document();
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    /// A problem for each key that is not among `known`, with the nearest one that is.
    void check_keys();

    /// The value of a dotted key; nothing when it is absent or, which is a problem, of another
    /// type.
    [[nodiscard]] std::optional<std::string> text(std::string_view key);
    [[nodiscard]] std::optional<std::vector<std::string>> words(std::string_view key);
    [[nodiscard]] bool has(std::string_view key) const;

    /// Notes a problem at the key's place, or at that of its table when it is absent.
    void problem(std::string_view key, std::string message, std::string hint = {});
    [[nodiscard]] std::vector<Problem> take_problems() { return std::move(problems_); }
    [[nodiscard]] bool broken() const { return !problems_.empty(); }

private:
    struct Tree;
    fs::path file_;
    std::unique_ptr<Tree> tree_;
    std::vector<Problem> problems_;
};

}  // namespace inhaul::config
