// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/service/units.hpp>
#include <inhaul/util/account.hpp>

namespace inhaul::setup {

/// Finds and chooses the units that a new app restarts: of the system manager, or of the account's
/// user manager.
class UnitChoice {
public:
    using Scope = SystemdUnit::Scope;
    /// With `personal`, only this account's user manager is queried.
    explicit UnitChoice(bool personal)
        : personal_(personal), scope_(personal ? Scope::user : Scope::system) {}

    /// Chooses these names. A unit that is found gets its Id as name, which the polkit rule needs.
    void name(const std::vector<std::string>& names);
    /// Finds the units that work in the directory.
    void find_in(const std::filesystem::path& directory);
    /// Searches the account's own manager if the system's manager has no such unit.
    [[nodiscard]] Result<void> ask_account(const account::Account& account,
                                           const std::filesystem::path& directory);
    /// Finds a unit with the app's name that works in another directory or names none. Another
    /// account's unit does not count.
    void find_named(const std::string& app);
    /// Fails with `not_found` if the manager lacks a chosen unit, and with the error of the lookup.
    /// Without systemd, as in the build of an image, succeeds.
    [[nodiscard]] Result<void> check() const;

    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    [[nodiscard]] Scope scope() const { return scope_; }
    [[nodiscard]] const std::vector<service::Unit>& found() const { return found_; }
    [[nodiscard]] bool has_found(const std::string& name) const;
    /// Returns the names of the found units.
    [[nodiscard]] std::string list(std::string_view between) const;

private:
    [[nodiscard]] Result<std::optional<service::Unit>> look_up(Scope scope,
                                                               const std::string& name) const;
    void look_up_all(Scope scope);

    bool personal_;
    Scope scope_;
    std::vector<std::string> names_;
    std::vector<service::Unit> found_;
    std::optional<account::Account> account_;
};

}  // namespace inhaul::setup
