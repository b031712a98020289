// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/restart_permission.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/setup/agent_units.hpp>
#include <inhaul/setup/removal.hpp>

namespace inhaul::setup {
namespace {

bool has_trigger(const Settings& settings) {
    const auto* const units = std::get_if<SystemdUnits>(&settings.service);
    return units != nullptr && units->trigger;
}

}  // namespace

bool restarts_units_of(const Settings& settings, SystemdUnit::Scope scope) {
    const auto* const units = std::get_if<SystemdUnits>(&settings.service);
    return units != nullptr && units->scope == scope;
}

Result<void> check_polkit(const Settings& settings, const InstallTarget& target) {
    const auto rules = target.etc / "polkit-1" / "rules.d";
    std::error_code ignored;
    if (!restarts_units_of(settings, SystemdUnit::Scope::system) || has_trigger(settings) ||
        std::filesystem::is_directory(rules, ignored))
        return {};
    return fail(
        ErrorCode::not_found,
        fmt::format("polkit is not installed, so no account can restart a unit: {} does not exist",
                    rules.string()),
        "Run: sudo apt install polkitd\nOr add to the command: --trigger-unit");
}

Result<void> choose_trigger(const InstallTarget& target, NewApp& app) {
    if (app.trigger) return {};
    if (app.units.empty())
        return fail(ErrorCode::usage, "--trigger-unit: the app has no unit to restart",
                    fmt::format("Add the app's unit, for example: --unit {}.service", app.name));
    if (app.scope == SystemdUnit::Scope::user)
        return fail(ErrorCode::usage,
                    fmt::format("--trigger-unit supports only system units, but {} runs in the "
                                "user manager",
                                app.units.front()),
                    "Remove --trigger-unit. An account needs no permission for its own units.");
    app.trigger = target.places.state / "restart" / app.name;
    return {};
}

std::vector<std::filesystem::path> superseded_triggers(const Settings& settings,
                                                       const InstallTarget& target,
                                                       const std::vector<Artifact>& artifacts) {
    if (target.personal) return {};
    auto files = trigger_units_of(settings.app.text(), target);
    const auto wanted = [&](const std::filesystem::path& file) {
        return std::any_of(artifacts.begin(), artifacts.end(),
                           [&](const Artifact& artifact) { return artifact.path == file; });
    };
    files.erase(std::remove_if(files.begin(), files.end(), wanted), files.end());
    return files;
}

Result<void> end_triggers(const InstallTarget& target,
                          const std::vector<std::filesystem::path>& files) {
    for (const auto& file : files)
        if (file.extension() == ".path") TRY(end_unit(target, file.filename().string()));
    // Removes the first file last: it leads to the others after an interruption.
    for (auto file = files.rbegin(); file != files.rend(); ++file)
        TRY(remove_artifact({.what = "trigger unit", .path = *file}));
    return files.empty() ? Result<void>{} : reread_units(target);
}

Result<void> start_triggers(const Settings& settings, const InstallTarget& target, bool restart) {
    if (!has_trigger(settings)) return {};
    TRY(reread_units(target));
    const auto count = std::get<SystemdUnits>(settings.service).names.size();
    for (std::size_t i = 0; i < count; ++i)
        TRY(start_unit(target, trigger_name(settings.app.text(), target.account.name, i) + ".path",
                       restart));
    return {};
}

}  // namespace inhaul::setup
