#include "service_table.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "values.hpp"

namespace inhaul::config {
namespace {

constexpr std::array<std::string_view, 11> unit_types{".service", ".socket", ".target",    ".timer",
                                                      ".path",    ".mount",  ".automount", ".swap",
                                                      ".slice",   ".scope",  ".device"};

/// As systemctl does: a name that ends in no type of unit is a service's.
std::string with_suffix(std::string_view name) {
    const bool typed = std::any_of(unit_types.begin(), unit_types.end(),
                                   [&](auto type) { return name.ends_with(type); });
    return typed ? std::string{name} : fmt::format("{}.service", name);
}

/// systemd.unit(5): at most 255 of these. A dash in front is an option's to everybody else.
bool is_unit_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view{":-_.\\@"}.find(c) != std::string_view::npos;
    };
    return name.size() <= 255 && name[0] != '-' && name[0] != '.' && name[0] != '@' &&
           std::all_of(name.begin(), name.end(), allowed);
}

std::optional<std::string> read_unit_name(Document& document) {
    constexpr auto key = "service.unit";
    const auto text = document.text(key);
    if (!text) return std::nullopt;
    const auto wrong = [&](std::string message, std::string hint) {
        document.problem(key, std::move(message), std::move(hint));
        return std::nullopt;
    };
    const auto name = with_suffix(*text);
    if (const auto slash = text->rfind('/'); slash != std::string::npos)
        return wrong(fmt::format("{} is a path, not the name of a unit", in_quotes(*text)),
                     fmt::format("Write {}.", in_quotes(with_suffix(text->substr(slash + 1)))));
    if (text->empty() || !is_unit_name(name))
        return wrong(fmt::format("{} is no name of a unit", in_quotes(*text)),
                     "Write it as `systemctl status` shows it: \"myapp.service\".");
    if (const auto at = name.find("@."); at != std::string::npos)
        return wrong(
            fmt::format("{} is a template, of which nothing runs", in_quotes(name)),
            fmt::format("Name an instance: {}.",
                        in_quotes(name.substr(0, at) + "@INSTANCE" + name.substr(at + 1))));
    return name;
}

void read_restart(Document& document, Settings& settings) {
    auto argv = document.words("service.restart");
    if (!argv) return;
    check_argv(document, "service.restart", *argv, false);
    if (document.has("service.unit"))
        document.problem("service.restart", "excludes service.unit, which is there as well",
                         "Keep the one that restarts the app.");
    settings.service = RestartCommand{std::move(*argv)};
}

/// What says how to restart says nothing as long as there is nothing to restart.
void refuse_idle_service_keys(Document& document) {
    const bool unit = document.has("service.unit");
    const bool any = unit || document.has("service.restart");
    for (const auto* const key : {"service.scope", "service.settle"})
        if (!unit && document.has(key))
            document.problem(key, "is of no use without service.unit",
                             R"(Add to [service]: unit = "myapp.service")");
    if (!any && document.has("service.restart_deadline"))
        document.problem("service.restart_deadline",
                         "is of no use without service.unit or service.restart",
                         R"(Add to [service]: unit = "myapp.service")");
}

}  // namespace

void read_service(Document& document, Settings& settings) {
    using std::chrono::hours;
    settings.restart_deadline = duration_at(document, "service.restart_deadline",
                                            {Seconds{1}, hours{1}}, settings.restart_deadline);
    settings.settle =
        duration_at(document, "service.settle", {Seconds{0}, hours{1}}, settings.settle);
    const bool system = choice_at(document, "service.scope", "system", "user").value_or(true);
    if (auto name = read_unit_name(document))
        settings.service = SystemdUnit{
            std::move(*name), system ? SystemdUnit::Scope::system : SystemdUnit::Scope::user};
    read_restart(document, settings);
    refuse_idle_service_keys(document);
}

}  // namespace inhaul::config
