#include <inhaul/service/units.hpp>

#include <algorithm>

#include "systemd.hpp"

namespace inhaul::service {
namespace {

namespace fs = std::filesystem;

Unit unit_of(std::string name, const UnitState& state) {
    // systemd puts a mark before a directory that need not be there.
    auto directory = std::string_view{state.working_directory};
    if (directory.starts_with('!') || directory.starts_with('-')) directory.remove_prefix(1);
    const bool absolute = directory.starts_with('/');
    return {std::move(name), state.user, absolute ? fs::path{directory} : fs::path{}};
}

bool is_below(const fs::path& path, const fs::path& directory) {
    const auto way = path.lexically_normal().lexically_relative(directory);
    return !path.empty() && !way.empty() && *way.begin() != "..";
}

}  // namespace

Result<std::optional<Unit>> unit_named(SystemdUnit::Scope scope, const std::string& name) {
    auto systemd = TRY(Systemd::connect(scope));
    const auto state = TRY(systemd.state(name));
    if (state.load != "loaded") return std::nullopt;
    return unit_of(name, state);
}

Result<std::vector<Unit>> units_working_in(SystemdUnit::Scope scope, const fs::path& directory) {
    auto systemd = TRY(Systemd::connect(scope));
    auto names = TRY(systemd.services());
    std::sort(names.begin(), names.end());
    std::vector<Unit> found;
    for (auto& name : names) {
        auto unit = unit_of(name, TRY(systemd.state(name)));
        if (is_below(unit.directory, directory.lexically_normal()))
            found.push_back(std::move(unit));
    }
    return found;
}

}  // namespace inhaul::service
