// SPDX-License-Identifier: Apache-2.0
#include "json_members.hpp"

#include <inhaul/util/bounded_json.hpp>

#include <nlohmann/json.hpp>

namespace inhaul::watch {
namespace {

constexpr std::size_t most_members = 1000;
constexpr std::string_view white_space{" \t\r\n"};

/// Reads a text from the front. Each step fails at the end or at an unexpected character.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    bool take(char wanted) {
        skip_white_space();
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] bool at_end() {
        skip_white_space();
        return rest_.empty();
    }
    /// Removes and returns a string with its quotes.
    std::optional<std::string_view> string() {
        skip_white_space();
        const auto size = size_of_string(rest_);
        return size == 0 ? std::nullopt : std::optional{taken(size)};
    }
    std::optional<std::string_view> value() {
        skip_white_space();
        if (rest_.empty()) return std::nullopt;
        const char first = rest_.front();
        const auto size = first == '"'                   ? size_of_string(rest_)
                          : first == '{' || first == '[' ? size_of_nested(rest_)
                                                         : size_of_plain(rest_);
        return size == 0 ? std::nullopt : std::optional{taken(size)};
    }

private:
    void skip_white_space() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(white_space), rest_.size()));
    }
    std::string_view taken(std::size_t size) {
        const auto text = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return text;
    }

    /// Returns 0 for a string without an end.
    static std::size_t size_of_string(std::string_view text) {
        if (text.empty() || text.front() != '"') return 0;
        for (std::size_t at = 1; (at = text.find_first_of("\"\\", at)) != std::string_view::npos;
             at += 2)
            if (text[at] == '"') return at + 1;
        return 0;
    }
    static std::size_t size_of_nested(std::string_view text) {
        std::size_t depth = 0;
        for (std::size_t at = 0;
             (at = text.find_first_of("\"{}[]", at)) != std::string_view::npos;) {
            if (text[at] == '"') {
                const auto size = size_of_string(text.substr(at));
                if (size == 0) return 0;
                at += size;
                continue;
            }
            depth += text[at] == '{' || text[at] == '[' ? 1 : 0;
            depth -= text[at] == '}' || text[at] == ']' ? 1 : 0;
            ++at;
            if (depth == 0) return at;
        }
        return 0;
    }
    /// A number, true, false or null.
    static std::size_t size_of_plain(std::string_view text) {
        return std::min(text.find_first_of(",}] \t\r\n"), text.size());
    }

    std::string_view rest_;
};

}  // namespace

std::optional<std::vector<Member>> members_of(std::string_view object) {
    Scanner scanner{object};
    std::vector<Member> members;
    if (!scanner.take('{')) return std::nullopt;
    if (scanner.take('}')) return scanner.at_end() ? std::optional{members} : std::nullopt;
    do {
        const auto name = scanner.string();
        if (!name || !scanner.take(':')) return std::nullopt;
        const auto value = scanner.value();
        if (!value || members.size() == most_members) return std::nullopt;
        members.push_back({name->substr(1, name->size() - 2), *value});
    } while (scanner.take(','));
    if (!scanner.take('}') || !scanner.at_end()) return std::nullopt;
    return members;
}

std::optional<std::string_view> value_of(const std::vector<Member>& members,
                                         std::string_view name) {
    std::optional<std::string_view> found;
    for (const auto& member : members)
        if (member.name == name) found = member.value;
    return found;
}

std::optional<std::string> text_of(std::string_view value) {
    if (!value.starts_with('"')) return std::nullopt;
    const auto parsed = nlohmann::json::parse(bounded_json(value), nullptr, false);
    if (!parsed.is_string()) return std::nullopt;
    return parsed.get<std::string>();
}

std::optional<std::string> text_at(const std::vector<Member>& members, std::string_view name) {
    const auto value = value_of(members, name);
    return value ? text_of(*value) : std::nullopt;
}

}  // namespace inhaul::watch
