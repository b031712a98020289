#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

/// Units as they are found on this host, for setting an app up.
namespace inhaul::service {

struct Unit {
    std::string name;                 ///< with its suffix
    std::string user;                 ///< whom it runs as; empty: root, or whose manager it is
    std::filesystem::path directory;  ///< that it works in; empty when none is set
};

/// Nothing when systemd knows no such unit. An error when there is no systemd to be asked.
[[nodiscard]] Result<std::optional<Unit>> unit_named(SystemdUnit::Scope scope,
                                                     const std::string& name);

/// The loaded services that work in this directory or below it, in the order of their names.
[[nodiscard]] Result<std::vector<Unit>> units_working_in(SystemdUnit::Scope scope,
                                                         const std::filesystem::path& directory);

}  // namespace inhaul::service
