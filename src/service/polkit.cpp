// SPDX-License-Identifier: Apache-2.0
#include <inhaul/service/polkit.hpp>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

namespace inhaul::service {
namespace {

/// Returns a JavaScript string literal. Unit names can contain backslashes: `srv-a\x2db.mount`.
std::string literal(std::string_view text) {
    std::string quoted = "\"";
    for (const char character : text) {
        if (is_control(character)) {
            quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(character));
            continue;
        }
        if (character == '"' || character == '\\') quoted += '\\';
        quoted += character;
    }
    return quoted + "\"";
}

std::string list_of(std::span<const std::string> units) {
    std::string list;
    for (const auto& unit : units)
        list += (list.empty() ? "" : ", ") + literal(unit);
    return list;
}

constexpr std::string_view units_comment{
    R"(// The account may restart these units and reset their start limits. It may do nothing else, and nothing
// with other units.
)"};
constexpr std::string_view linger_comment{
    R"(// With lingering enabled, a hook could run programs outside the agent's sandbox.
)"};

// Earlier versions wrote these.
constexpr std::string_view older_units_comment{
    R"(// The account may restart these units, also when systemd's start limit is reached. It may do nothing
// else with them, and nothing with others.
)"};
constexpr std::string_view older_linger_comment{
    R"(// A lingering user manager of the account's would run what a hook starts outside of the agent's sandbox.
)"};

std::string units_rule(std::string_view account, std::span<const std::string> units) {
    return fmt::format(
        R"(polkit.addRule(function(action, subject) {{
    var units = [{}];
    var verbs = ["restart", "reset-failed"];
    if (action.id == "org.freedesktop.systemd1.manage-units" &&
        subject.user == {} &&
        verbs.indexOf(action.lookup("verb")) >= 0 &&
        units.indexOf(action.lookup("unit")) >= 0) {{
        return polkit.Result.YES;
    }}
}});
)",
        list_of(units), literal(account));
}

std::string linger_rule(std::string_view account) {
    return fmt::format(
        R"(polkit.addRule(function(action, subject) {{
    if (action.id == "org.freedesktop.login1.set-self-linger" && subject.user == {}) {{
        return polkit.Result.NO;
    }}
}});
)",
        literal(account));
}

/// The rule of earlier versions, which did not reset start limits.
std::string restart_rule(std::string_view account, std::span<const std::string> units) {
    return fmt::format(
        R"(// The account may restart these units. It may do nothing else with them, and nothing with others.
polkit.addRule(function(action, subject) {{
    var units = [{}];
    if (action.id == "org.freedesktop.systemd1.manage-units" &&
        subject.user == {} &&
        action.lookup("verb") == "restart" &&
        units.indexOf(action.lookup("unit")) >= 0) {{
        return polkit.Result.YES;
    }}
}});
)",
        list_of(units), literal(account));
}

}  // namespace

std::string polkit_rule(std::string_view account, std::span<const std::string> units) {
    auto rule = fmt::format("{}{}", linger_comment, linger_rule(account));
    if (!units.empty())
        rule = fmt::format("{}{}{}", units_comment, units_rule(account, units), rule);
    return rule;
}

std::vector<std::string> older_polkit_rules(std::string_view account,
                                            std::span<const std::string> units) {
    const auto linger = fmt::format("{}{}", older_linger_comment, linger_rule(account));
    if (units.empty()) return {linger};
    const auto restart = fmt::format("{}{}", older_units_comment, units_rule(account, units));
    return {restart_rule(account, units), restart, restart + linger};
}

}  // namespace inhaul::service
