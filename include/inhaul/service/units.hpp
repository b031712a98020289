// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/service/service.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

/// Units as they are found on this host, for setting an app up. Those of scope user are the ones of
/// the account that this process acts as.
namespace inhaul::service {

struct Unit {
    std::string name;                 ///< its Id, with its suffix
    std::string user;                 ///< whom it runs as; empty: root, or whose manager it is
    std::filesystem::path directory;  ///< that it works in; empty when none is set
    SystemdUnit::Scope scope = SystemdUnit::Scope::system;
    std::optional<Resting::Why> rests;  ///< it does not run
};

/// Nothing when systemd knows no such unit. An error when there is no systemd to be asked.
[[nodiscard]] Result<std::optional<Unit>> unit_named(SystemdUnit::Scope scope,
                                                     const std::string& name);

/// The services that work in this directory or below it, in the order of their names: of those that
/// systemd has loaded, and of those that a person has installed, which may never have run.
[[nodiscard]] Result<std::vector<Unit>> units_working_in(SystemdUnit::Scope scope,
                                                         const std::filesystem::path& directory);

}  // namespace inhaul::service
