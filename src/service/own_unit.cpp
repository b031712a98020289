// SPDX-License-Identifier: Apache-2.0
#include "own_unit.hpp"

#include <systemd/sd-login.h>

#include <algorithm>

#include <fmt/format.h>

#include "handle.hpp"

namespace inhaul::service {
namespace {

std::string name_from(int (*query)(pid_t, char**)) {
    char* answer = nullptr;
    if (query(0, &answer) < 0) return "";
    const CText text{answer};
    return text.get();
}

bool at_or_below(const std::string& cgroup, const std::string& top) {
    if (top.empty() || cgroup.empty()) return false;
    return top == "/" || cgroup == top || cgroup.starts_with(top + "/");
}

}  // namespace

OwnUnit own_unit() {
    return {.unit = name_from(::sd_pid_get_unit),
            .user_unit = name_from(::sd_pid_get_user_unit),
            .cgroup = name_from(::sd_pid_get_cgroup)};
}

std::optional<std::string> would_end(const OwnUnit& there, const SystemdUnit& unit,
                                     const UnitState* state) {
    const auto& own = unit.scope == SystemdUnit::Scope::system ? there.unit : there.user_unit;
    if (own == unit.unit || (state != nullptr && !own.empty() && own == state->id) ||
        (state != nullptr && at_or_below(there.cgroup, state->cgroup)))
        return "inhaul runs inside this unit, so a restart of the unit would end inhaul";
    if (state == nullptr || own.empty()) return std::nullopt;
    const auto& along = state->stopped_along;
    if (std::find(along.begin(), along.end(), own) == along.end()) return std::nullopt;
    return fmt::format("a restart of the unit also stops {}, in which inhaul runs", own);
}

}  // namespace inhaul::service
