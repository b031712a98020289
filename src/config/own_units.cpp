// SPDX-License-Identifier: Apache-2.0
#include <inhaul/config/own_units.hpp>

#include <fmt/format.h>

#include <inhaul/config/config.hpp>
#include <inhaul/util/systemctl.hpp>

namespace inhaul::config {

OwnUnits OwnUnits::of_account(std::string_view account) {
    return OwnUnits{fmt::format("@{}", account)};
}

OwnUnits OwnUnits::of_own_manager() {
    return OwnUnits{{}};
}

OwnUnits OwnUnits::for_settings(const fs::path& directory) {
    return is_system_place(directory) ? of_account(directory.filename().string())
                                      : of_own_manager();
}

std::string OwnUnits::agent() const {
    return fmt::format("inhaul{}.service", instance_);
}

std::string OwnUnits::timer() const {
    return fmt::format("inhaul-once{}.timer", instance_);
}

std::string OwnUnits::timer_service() const {
    return fmt::format("inhaul-once{}.service", instance_);
}

std::string OwnUnits::file_of(std::string_view unit) const {
    if (instance_.empty()) return std::string{unit};
    return fmt::format("{}{}", unit.substr(0, unit.find('@') + 1), unit.substr(unit.rfind('.')));
}

std::string OwnUnits::command(std::string_view verb, std::string_view unit) const {
    constexpr std::string_view optional{".service"};
    if (unit.ends_with(optional)) unit.remove_suffix(optional.size());
    return systemctl(instance_.empty() ? UnitScope::user : UnitScope::system, verb, unit);
}

fs::path OwnUnits::drop_ins(const fs::path& etc, std::string_view unit) {
    return etc / "systemd/system" / fmt::format("{}.d", unit);
}

fs::path OwnUnits::drop_in(const fs::path& etc, std::string_view unit, std::string_view app) {
    return drop_ins(etc, unit) / fmt::format("{}.conf", app);
}

fs::path OwnUnits::enabled_timer(const fs::path& user_config) const {
    const auto units = instance_.empty() ? user_config / "systemd/user" : "/etc/systemd/system";
    return units / "timers.target.wants" / timer();
}

}  // namespace inhaul::config
