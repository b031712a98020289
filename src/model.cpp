// SPDX-License-Identifier: Apache-2.0
#include <inhaul/model.hpp>

#include <algorithm>
#include <array>

namespace inhaul {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// git-check-ref-format(1), rules 4, 5 and 9: what may stand in no ref at all.
bool forbidden_in_ref(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f ||
           std::string_view{" ~^:?*[\\"}.find(c) != std::string_view::npos;
}

bool valid_component(std::string_view component) {
    return !component.empty() && !component.starts_with('.') && !component.ends_with(".lock");
}

struct TriggerName {
    Trigger trigger;
    std::string_view name;
};
constexpr std::array trigger_names{
    TriggerName{Trigger::poll, "poll"},
    TriggerName{Trigger::relay, "relay"},
    TriggerName{Trigger::once, "once"},
    TriggerName{Trigger::hand, "hand"},
};

}  // namespace

std::optional<CommitId> CommitId::parse(std::string_view text) {
    if (text.size() != 40 && text.size() != 64) return std::nullopt;
    std::string hex;
    hex.reserve(text.size());
    for (const char c : text) {
        if (is_digit(c) || (c >= 'a' && c <= 'f')) {
            hex += c;
        } else if (c >= 'A' && c <= 'F') {
            hex += static_cast<char>(c - 'A' + 'a');
        } else {
            return std::nullopt;
        }
    }
    return CommitId{std::move(hex)};
}

std::optional<BranchName> BranchName::parse(std::string_view text) {
    if (text.empty() || text.size() > 200 || text.starts_with('-') || text == "@" ||
        text.ends_with('.') || text.find("..") != std::string_view::npos ||
        text.find("@{") != std::string_view::npos ||
        std::any_of(text.begin(), text.end(), forbidden_in_ref))
        return std::nullopt;
    for (auto rest = text;;) {
        const auto slash = rest.find('/');
        if (!valid_component(rest.substr(0, slash))) return std::nullopt;
        if (slash == std::string_view::npos) return BranchName{std::string{text}};
        rest.remove_prefix(slash + 1);
    }
}

std::optional<AppName> AppName::parse(std::string_view text) {
    const auto allowed = [](char c) {
        return is_digit(c) || is_letter(c) || c == '.' || c == '_' || c == '-';
    };
    if (text.empty() || text.size() > 64 || !(is_digit(text.front()) || is_letter(text.front())) ||
        !std::all_of(text.begin(), text.end(), allowed))
        return std::nullopt;
    return AppName{std::string{text}};
}

std::string_view to_string(Trigger trigger) {
    const auto* const found =
        std::find_if(trigger_names.begin(), trigger_names.end(),
                     [&](const auto& entry) { return entry.trigger == trigger; });
    return found->name;
}

std::optional<Trigger> trigger_from(std::string_view name) {
    const auto* const found = std::find_if(trigger_names.begin(), trigger_names.end(),
                                           [&](const auto& entry) { return entry.name == name; });
    if (found == trigger_names.end()) return std::nullopt;
    return found->trigger;
}

}  // namespace inhaul
