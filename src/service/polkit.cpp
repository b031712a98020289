#include <inhaul/service/polkit.hpp>

#include <fmt/format.h>

namespace inhaul::service {
namespace {

/// A JavaScript string literal. Unit names do hold backslashes: `srv-a\x2db.mount`.
std::string literal(std::string_view text) {
    std::string quoted = "\"";
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte < 0x20 || byte == 0x7f) {
            quoted += fmt::format("\\x{:02x}", byte);
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

}  // namespace

std::string polkit_rule(std::string_view account, std::span<const std::string> units) {
    return fmt::format(
        R"(// The account may restart these units, also when systemd's start limit is reached. It may do nothing
// else with them, and nothing with others.
polkit.addRule(function(action, subject) {{
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

std::string older_polkit_rule(std::string_view account, std::span<const std::string> units) {
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

}  // namespace inhaul::service
