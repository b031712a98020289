// SPDX-License-Identifier: Apache-2.0
#include <inhaul/model.hpp>

#include <algorithm>
#include <array>

#include <inhaul/util/names.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

namespace inhaul {
namespace {

constexpr std::size_t short_digits = 7;

/// git-check-ref-format(1), rules 4, 5 and 9: characters that no ref may contain.
bool forbidden_in_ref(char c) {
    return is_control(c) || std::string_view{" ~^:?*[\\"}.find(c) != std::string_view::npos;
}

bool valid_component(std::string_view component) {
    return !component.empty() && !component.starts_with('.') && !component.ends_with(".lock");
}

constexpr std::array trigger_names{
    Named{Trigger::poll, "poll"},
    Named{Trigger::relay, "relay"},
    Named{Trigger::once, "once"},
    Named{Trigger::manual, "hand"},
};

}  // namespace

std::string_view short_form(std::string_view commit) {
    return commit.substr(0, short_digits);
}

bool is_short_form(std::string_view text) {
    return text.size() == short_digits && is_hex(text);
}

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
    if (text.empty() || text.size() > 64 || !is_alphanumeric(text.front()) ||
        !is_alphanumeric(text, "._-"))
        return std::nullopt;
    return AppName{std::string{text}};
}

GitProtocol git_protocol(std::string_view git_url) {
    if (has_scheme(git_url, "https") || has_scheme(git_url, "http")) return GitProtocol::http;
    return has_scheme(git_url, "ssh") ? GitProtocol::ssh : GitProtocol::local;
}

std::string_view to_string(Trigger trigger) {
    return name_in(trigger_names, trigger, "unknown");
}

std::optional<Trigger> trigger_from(std::string_view name) {
    return value_in(trigger_names, name);
}

}  // namespace inhaul
