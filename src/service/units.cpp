// SPDX-License-Identifier: Apache-2.0
#include <inhaul/service/units.hpp>

#include <algorithm>
#include <iterator>

#include <inhaul/util/file.hpp>

#include "systemd.hpp"

namespace inhaul::service {
namespace {

namespace fs = std::filesystem;

Unit unit_of(const std::string& name, SystemdUnit::Scope scope, const UnitState& state) {
    return {state.id.empty() ? name : state.id, state.user, directory_of(state), scope,
            why_stopped(state)};
}

}  // namespace

Result<std::optional<Unit>> unit_named(SystemdUnit::Scope scope, const std::string& name) {
    auto systemd = TRY(Systemd::connect(scope));
    const auto state = TRY(systemd.state(name));
    if (state.load != "loaded") return std::nullopt;
    return unit_of(name, scope, state);
}

Result<std::vector<Unit>> units_working_in(SystemdUnit::Scope scope, const fs::path& directory) {
    auto systemd = TRY(Systemd::connect(scope));
    auto names = TRY(systemd.loaded("*.service"));
    auto installed = TRY(systemd.installed_services());
    names.insert(names.end(), std::make_move_iterator(installed.begin()),
                 std::make_move_iterator(installed.end()));
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::vector<Unit> found;
    for (auto& name : names) {
        auto unit = unit_of(name, scope, TRY(systemd.state(name)));
        // An alias also has a file.
        const bool another_name = unit.name != name;
        if (!another_name && file::is_below(unit.directory, directory))
            found.push_back(std::move(unit));
    }
    return found;
}

}  // namespace inhaul::service
