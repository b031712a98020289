// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/install_plan.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/setup/restart_permission.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::setup {
namespace {

namespace fs = std::filesystem;

/// Returns whether the problem from config::inspect() ends when the planned files exist.
bool ends_with_plan(const config::Problem& problem, const InstallPlan& plan) {
    const auto& settings = plan.settings;
    if (problem.key == "auth.ssh_key") return plan.creates(*settings.ssh_key);
    if (problem.key == "relay.secret_file")
        return plan.creates(settings.relay->secret_files.front());
    return problem.key == "directory" && plan.creates(settings.directory);
}

Error wrong_settings(const config::Problem& problem) {
    return {
        ErrorCode::configuration,
        problem.key.empty() ? problem.message : fmt::format("{}: {}", problem.key, problem.message),
        problem.hint};
}

/// Returns the units with their Ids, without units that systemd does not know.
Result<std::vector<service::Unit>> known_units(const Settings& settings,
                                               const InstallTarget& target) {
    std::vector<service::Unit> found;
    const auto* const units = std::get_if<SystemdUnits>(&settings.service);
    if (units == nullptr) return found;
    std::optional<account::ActingAs> acting;
    if (units->scope == SystemdUnit::Scope::user)
        acting.emplace(TRY(account::ActingAs::account(target.account)));
    for (const auto& name : units->names)
        if (auto unit = service::unit_named(units->scope, name); unit && *unit)
            found.push_back(std::move(**unit));
    return found;
}

/// Replaces the names of units by their Ids, which the polkit rule needs.
Settings with_ids(Settings settings, const std::vector<service::Unit>& units) {
    auto* const named = std::get_if<SystemdUnits>(&settings.service);
    if (named == nullptr || units.size() != named->names.size()) return settings;
    for (std::size_t i = 0; i < units.size(); ++i)
        named->names[i] = units[i].name;
    return settings;
}

/// Extends existing settings; `force` replaces them instead.
Result<std::string> text_for(const InstallRequest& request, bool force) {
    if (!request.existing) return settings_text(request.app);
    auto text = extended(request.written, *request.existing, request.app);
    return text || !force ? std::move(text) : settings_text(request.app);
}

/// No gate is removed without an explicit edit.
Result<void> check_gates(const InstallPlan& plan) {
    std::string gates;
    for (const auto& key : plan.changed_keys)
        if (key.starts_with("require.")) gates += (gates.empty() ? "" : ", ") + key;
    if (gates.empty()) return {};
    return fail(ErrorCode::refused,
                fmt::format("overwrite {}: this would remove the gates {}",
                            plan.settings.file.string(), gates),
                "Edit the file yourself. Then run `inhaul init` again without --force.");
}

Result<void> install_artifacts(const InstallPlan& plan, const InstallTarget& target) {
    const process::SignalBlocker blocker;
    Installation installation{target};
    for (const auto& [artifact, present] : plan.artifacts) {
        sweep_beside(artifact);
        if (present == DiskState::current) continue;
        if (blocker.asked_to_stop())
            return fail(ErrorCode::failed, "interrupted: nothing was changed");
        TRY_WITHIN("set up " + plan.settings.app.text(), installation.put(artifact, present));
    }
    installation.keep();
    return {};
}

/// Returns whether an older version wrote the file, and nobody has changed it since.
bool is_older(const Artifact& artifact) {
    const auto content = file::read(artifact.path, file::largest_text);
    return content && std::find(artifact.older.begin(), artifact.older.end(), *content) !=
                          artifact.older.end();
}

}  // namespace

std::vector<Artifact> InstallPlan::with(DiskState present) const {
    std::vector<Artifact> found;
    for (const auto& planned : artifacts)
        if (planned.present == present) found.push_back(planned.artifact);
    return found;
}

bool InstallPlan::creates(const fs::path& path) const {
    return std::any_of(artifacts.begin(), artifacts.end(), [&](const PlannedArtifact& planned) {
        return planned.artifact.path == path && planned.present == DiskState::no;
    });
}

bool InstallPlan::changes(const fs::path& path) const {
    return std::any_of(artifacts.begin(), artifacts.end(), [&](const PlannedArtifact& planned) {
        return planned.artifact.path == path && planned.present != DiskState::current;
    });
}

bool InstallPlan::changes_nothing() const {
    return with(DiskState::current).size() == artifacts.size() && superseded.empty();
}

Result<InstallPlan> plan_installation(const InstallRequest& request, bool force) {
    const auto& target = request.target;
    // As the account: `~` is its home, and it must be able to access the named files.
    std::optional<account::ActingAs> acting{TRY(account::ActingAs::account(target.account))};
    const auto file = target.places.settings / (request.app.name + ".toml");
    // Check the options first: this error does not repeat a password in a URL.
    const auto from_options = config::parse(settings_text(request.app), file);
    if (from_options.apps.empty()) return fail(wrong_settings(from_options.problems.front()));
    const auto text = TRY(text_for(request, force));
    auto parsed = config::parse(text, file);
    if (parsed.apps.empty()) return fail(wrong_settings(parsed.problems.front()));
    InstallPlan plan{std::move(parsed.apps.front())};
    if (request.existing) plan.changed_keys = changed_keys(*request.existing, plan.settings);
    TRY(check_gates(plan));
    const auto problems = config::inspect(plan.settings, text);
    acting.reset();
    plan.units = TRY(known_units(plan.settings, target));
    auto artifacts = artifacts_of(with_ids(plan.settings, plan.units), text, target);
    plan.superseded = superseded_triggers(plan.settings, target, artifacts);
    for (auto& artifact : artifacts) {
        const auto present = TRY(disk_state_of(artifact));
        plan.artifacts.push_back({std::move(artifact), present});
    }
    for (const auto& problem : problems)
        if (!ends_with_plan(problem, plan)) return fail(wrong_settings(problem));
    TRY(check_polkit(plan.settings, target));
    if (!target.personal)
        TRY_WITHIN("set up " + plan.settings.app.text(),
                   check_only_root_can_change(target.places.settings));
    return plan;
}

Result<void> check_overwriting(const InstallPlan& plan) {
    std::string files;
    for (const auto& artifact : plan.with(DiskState::differs)) {
        // Differing settings that were not refused have been extended.
        if (artifact.path == plan.settings.file || is_older(artifact)) continue;
        files += (files.empty() ? "" : ", ") + artifact.path.string();
    }
    if (files.empty()) return {};
    return fail(ErrorCode::refused, fmt::format("{}: exists, but with other content", files),
                "To see the new content, add --dry-run.\n"
                "To overwrite the files, add --force. It keeps each old file as FILE~.");
}

Result<void> install(const InstallPlan& plan, const InstallTarget& target) {
    TRY(install_artifacts(plan, target));
    return end_triggers(target, plan.superseded);
}

}  // namespace inhaul::setup
