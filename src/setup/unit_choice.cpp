// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/unit_choice.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/config/config.hpp>
#include <inhaul/util/systemctl.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::setup {

/// Asks another account's manager with the permissions of that account.
Result<std::optional<service::Unit>> UnitChoice::look_up(Scope scope,
                                                         const std::string& name) const {
    if (scope == Scope::system || personal_) return service::unit_named(scope, name);
    if (!account_) return std::optional<service::Unit>{};
    const auto acting = TRY(account::ActingAs::account(*account_));
    return service::unit_named(scope, name);
}

void UnitChoice::look_up_all(Scope scope) {
    for (auto& name : names_)
        if (auto found = look_up(scope, name); found && *found) {
            name = (*found)->name;
            found_.push_back(std::move(**found));
        }
}

void UnitChoice::name(const std::vector<std::string>& names) {
    found_.clear();
    names_.clear();
    for (const auto& name : names)
        names_.push_back(config::unit_name(name));
    look_up_all(scope_);
}

void UnitChoice::find_in(const std::filesystem::path& directory) {
    if (auto found = service::units_working_in(scope_, directory)) found_ = std::move(*found);
}

Result<void> UnitChoice::ask_account(const account::Account& account,
                                     const std::filesystem::path& directory) {
    account_ = account;
    if (!found_.empty() || personal_) return {};
    if (names_.empty()) {
        const auto acting = TRY(account::ActingAs::account(account));
        if (auto found = service::units_working_in(Scope::user, directory))
            found_ = std::move(*found);
    } else {
        look_up_all(Scope::user);
    }
    if (!found_.empty()) scope_ = Scope::user;
    return {};
}

void UnitChoice::find_named(const std::string& app) {
    for (const auto scope : {Scope::system, Scope::user}) {
        if (scope != scope_ && personal_) continue;
        auto named = look_up(scope, app + ".service");
        if (!named || !*named) continue;
        const bool own = scope == Scope::user || (account_ && (*named)->user == account_->name);
        if (!own) continue;
        scope_ = scope;
        found_.clear();
        found_.push_back(std::move(**named));
        return;
    }
}

Result<void> UnitChoice::check() const {
    for (const auto& name : names_) {
        if (has_found(name)) continue;
        const auto unit = look_up(scope_, name);
        // Without systemd, as in the build of an image, no bus answers.
        if (!unit && unit.error().code == ErrorCode::network) continue;
        if (!unit) return fail(unit.error().within("look up " + printable(name)));
        return fail(ErrorCode::not_found, fmt::format("systemd has no unit {}", printable(name)),
                    "Install the app's unit, and run: " + systemctl(scope_, "daemon-reload"));
    }
    return {};
}

bool UnitChoice::has_found(const std::string& name) const {
    return std::any_of(found_.begin(), found_.end(),
                       [&](const auto& unit) { return unit.name == name; });
}

std::string UnitChoice::list(std::string_view between) const {
    std::string names;
    for (const auto& unit : found_)
        names += (names.empty() ? "" : std::string{between}) + unit.name;
    return names;
}

}  // namespace inhaul::setup
