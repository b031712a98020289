// SPDX-License-Identifier: Apache-2.0
#include "service_table.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <inhaul/config/config.hpp>
#include <inhaul/util/text.hpp>

#include <config/values.hpp>

namespace inhaul::config {
namespace {

constexpr std::array<std::string_view, 11> unit_types{".service", ".socket", ".target",    ".timer",
                                                      ".path",    ".mount",  ".automount", ".swap",
                                                      ".slice",   ".scope",  ".device"};

constexpr std::string_view unit_key = "service.unit";
constexpr std::string_view units_key = "service.units";

/// The characters and the length of systemd.unit(5). A leading dash would be an option to programs.
bool is_unit_name(std::string_view name) {
    return name.size() <= 255 && name[0] != '-' && name[0] != '.' && name[0] != '@' &&
           is_alphanumeric(name, ":-_.\\@");
}

std::optional<std::string> read_unit_name(Document& document, std::string_view key,
                                          const std::string& text) {
    const auto wrong = [&](std::string message, std::string hint) {
        document.problem(key, std::move(message), std::move(hint));
        return std::nullopt;
    };
    const auto name = unit_name(text);
    if (const auto slash = text.rfind('/'); slash != std::string::npos)
        return wrong(fmt::format("{} is a path, not the name of a unit", in_quotes(text)),
                     fmt::format("Write {}.", in_quotes(unit_name(text.substr(slash + 1)))));
    if (text.empty() || !is_unit_name(name))
        return wrong(fmt::format("{} is not a unit name", in_quotes(text)),
                     "Write the name as shown by `systemctl status`: \"myapp.service\".");
    if (const auto at = name.find("@."); at != std::string::npos)
        return wrong(
            fmt::format("{} is a template, which cannot run", in_quotes(name)),
            fmt::format("Name an instance: {}.",
                        in_quotes(name.substr(0, at) + "@INSTANCE" + name.substr(at + 1))));
    return name;
}

/// Reads `unit`, then `units`. A unit that is named twice is restarted once.
std::vector<std::string> read_unit_names(Document& document) {
    std::vector<std::string> names;
    const auto add = [&](std::string_view key, const std::string& text) {
        const auto name = read_unit_name(document, key, text);
        if (name && std::find(names.begin(), names.end(), *name) == names.end())
            names.push_back(*name);
    };
    if (const auto unit = document.text(unit_key)) add(unit_key, *unit);
    const auto units = document.words(units_key);
    if (units && units->empty())
        document.problem(units_key, "contains no unit", "Add a unit, or remove the key.");
    for (const auto& text : units.value_or(std::vector<std::string>{}))
        add(units_key, text);
    return names;
}

bool names_units(const Document& document) {
    return document.has(unit_key) || document.has(units_key);
}

void read_restart(Document& document, Settings& settings) {
    auto argv = document.words("service.restart");
    if (!argv) return;
    check_argv(document, "service.restart", *argv, false);
    if (names_units(document))
        document.problem("service.restart",
                         fmt::format("cannot be combined with {}",
                                     document.has(unit_key) ? unit_key : units_key),
                         "Remove one of the two.");
    settings.service = RestartCommand{std::move(*argv)};
}

/// Refuses keys about the restart if nothing is restarted.
void refuse_unused_service_keys(Document& document) {
    const bool unit = names_units(document);
    const bool any = unit || document.has("service.restart");
    for (const auto* const key :
         {"service.scope", "service.start", "service.trigger", "service.settle"})
        if (!unit && document.has(key))
            document.problem(key, "has no effect without service.unit",
                             R"(Add to [service]: unit = "myapp.service")");
    if (!any && document.has("service.restart_deadline"))
        document.problem("service.restart_deadline",
                         "has no effect without service.unit or service.restart",
                         R"(Add to [service]: unit = "myapp.service")");
}

}  // namespace

std::string unit_name(std::string_view text) {
    const bool typed = std::any_of(unit_types.begin(), unit_types.end(),
                                   [&](auto type) { return text.ends_with(type); });
    return typed ? std::string{text} : fmt::format("{}.service", text);
}

void read_service(Document& document, Settings& settings) {
    using std::chrono::hours;
    settings.restart_deadline = duration_at(document, "service.restart_deadline",
                                            {Seconds{1}, hours{1}}, settings.restart_deadline);
    settings.settle =
        duration_at(document, "service.settle", {Seconds{0}, hours{1}}, settings.settle);
    const bool system = choice_at(document, "service.scope", "system", "user").value_or(true);
    const bool start = document.flag("service.start").value_or(false);
    auto trigger = path_at(document, "service.trigger");
    if (trigger && !system)
        document.problem(
            "service.trigger", "applies to system units only",
            "Remove it. An account needs no permission for units of its user manager.");
    if (auto names = read_unit_names(document); !names.empty())
        settings.service = SystemdUnits{
            std::move(names), system ? SystemdUnit::Scope::system : SystemdUnit::Scope::user, start,
            std::move(trigger)};
    read_restart(document, settings);
    refuse_unused_service_keys(document);
}

}  // namespace inhaul::config
