// SPDX-License-Identifier: Apache-2.0
#include "unit_properties.hpp"

#include <cstdint>
#include <string_view>

#include <inhaul/util/text.hpp>

namespace inhaul::service {
namespace {

// Each function reads one variant. Returns a negative errno for another type.

template <std::string UnitState::*member>
int text(sd_bus_message* all, UnitState& state) {
    const char* value = nullptr;
    const int r = ::sd_bus_message_read(all, "v", "s", &value);
    if (r >= 0) state.*member = value;
    return r;
}

template <int UnitState::*member>
int number(sd_bus_message* all, UnitState& state) {
    return ::sd_bus_message_read(all, "v", "i", &(state.*member));
}

int restarts(sd_bus_message* all, UnitState& state) {
    return ::sd_bus_message_read(all, "v", "u", &state.restarts);
}

int condition(sd_bus_message* all, UnitState& state) {
    int met = 0;
    const int r = ::sd_bus_message_read(all, "v", "b", &met);
    state.condition_result = met != 0;
    return r;
}

int condition_time(sd_bus_message* all, UnitState& state) {
    std::uint64_t microseconds = 0;
    const int r = ::sd_bus_message_read(all, "v", "t", &microseconds);
    state.conditions_checked = microseconds != 0;
    return r;
}

int invocation(sd_bus_message* all, UnitState& state) {
    const void* bytes = nullptr;
    std::size_t size = 0;
    if (const int r = ::sd_bus_message_enter_container(all, 'v', "ay"); r < 0) return r;
    if (const int r = ::sd_bus_message_read_array(all, 'y', &bytes, &size); r < 0) return r;
    state.invocation = to_hex({static_cast<const char*>(bytes), size});
    return ::sd_bus_message_exit_container(all);
}

/// Returns nothing for an infinite time, or one of years.
template <std::optional<Milliseconds> UnitState::*member>
int duration(sd_bus_message* all, UnitState& state) {
    constexpr std::uint64_t years = 100ULL * 365 * 24 * 3600 * 1000;
    std::uint64_t microseconds = 0;
    const int r = ::sd_bus_message_read(all, "v", "t", &microseconds);
    const auto milliseconds = microseconds / 1000;
    state.*member = std::nullopt;
    if (milliseconds < years) state.*member = Milliseconds{milliseconds};
    return r;
}

int start_limit(sd_bus_message* all, UnitState& state) {
    return ::sd_bus_message_read(all, "v", "u", &state.start_limit);
}

/// Counts the entries of an array of any type: the type differs between versions of systemd.
int count(sd_bus_message* all, unsigned& number) {
    const char* type = nullptr;
    if (const int r = ::sd_bus_message_peek_type(all, nullptr, &type); r < 0) return r;
    const std::string array{type};
    if (array.front() != 'a') return ::sd_bus_message_skip(all, "v");
    if (const int r = ::sd_bus_message_enter_container(all, 'v', array.c_str()); r < 0) return r;
    const auto element = array.substr(1);
    if (const int r = ::sd_bus_message_enter_container(all, 'a', element.c_str()); r < 0) return r;
    while (::sd_bus_message_at_end(all, 0) == 0) {
        if (const int r = ::sd_bus_message_skip(all, element.c_str()); r < 0) return r;
        ++number;
    }
    if (const int r = ::sd_bus_message_exit_container(all); r < 0) return r;
    return ::sd_bus_message_exit_container(all);
}

int stopped_along(sd_bus_message* all, UnitState& state) {
    if (const int r = ::sd_bus_message_enter_container(all, 'v', "as"); r < 0) return r;
    if (const int r = ::sd_bus_message_enter_container(all, 'a', "s"); r < 0) return r;
    const char* unit = nullptr;
    int r = 0;
    while ((r = ::sd_bus_message_read(all, "s", &unit)) > 0)
        state.stopped_along.emplace_back(unit);
    if (r < 0) return r;
    if (r = ::sd_bus_message_exit_container(all); r < 0) return r;
    return ::sd_bus_message_exit_container(all);
}

int job(sd_bus_message* all, UnitState& state) {
    std::uint32_t number = 0;
    const char* path = nullptr;
    const int r = ::sd_bus_message_read(all, "v", "(uo)", &number, &path);
    if (r >= 0 && number != 0) state.job = path;
    return r;
}

/// Only the properties whose changes matter.
int watched(sd_bus_message* all, UnitState& state) {
    if (const int r = ::sd_bus_message_enter_container(all, 'v', "a(ss)"); r < 0) return r;
    if (const int r = ::sd_bus_message_enter_container(all, 'a', "(ss)"); r < 0) return r;
    const char* kind = nullptr;
    const char* path = nullptr;
    int r = 0;
    while ((r = ::sd_bus_message_read(all, "(ss)", &kind, &path)) > 0) {
        const std::string_view condition{kind};
        if (condition == "PathChanged" || condition == "PathModified")
            state.watched.emplace_back(path);
    }
    if (r < 0) return r;
    if (r = ::sd_bus_message_exit_container(all); r < 0) return r;
    return ::sd_bus_message_exit_container(all);
}

template <unsigned UnitState::*member>
int commands(sd_bus_message* all, UnitState& state) {
    return count(all, state.*member);
}

int started_by(sd_bus_message* all, UnitState& state) {
    unsigned units = 0;
    const int r = count(all, units);
    state.wanted = state.wanted || units > 0;
    return r;
}

int required_by(sd_bus_message* all, UnitState& state) {
    const auto before = state.stopped_along.size();
    const int r = stopped_along(all, state);
    state.wanted = state.wanted || state.stopped_along.size() > before;
    return r;
}

struct Property {
    std::string_view name;
    int (*read)(sd_bus_message*, UnitState&);
};
constexpr Property wanted[] = {
    {"Id", text<&UnitState::id>},
    {"UnitFileState", text<&UnitState::file>},
    {"LoadState", text<&UnitState::load>},
    {"ActiveState", text<&UnitState::active>},
    {"SubState", text<&UnitState::sub>},
    {"Type", text<&UnitState::type>},
    {"Result", text<&UnitState::result>},
    {"ControlGroup", text<&UnitState::cgroup>},
    {"User", text<&UnitState::user>},
    {"WorkingDirectory", text<&UnitState::working_directory>},
    {"InvocationID", invocation},
    {"NRestarts", restarts},
    {"ExecMainCode", number<&UnitState::main_code>},
    {"ExecMainStatus", number<&UnitState::main_status>},
    {"ConditionResult", condition},
    {"ConditionTimestampMonotonic", condition_time},
    {"TimeoutStartUSec", duration<&UnitState::start_timeout>},
    {"TimeoutStopUSec", duration<&UnitState::stop_timeout>},
    {"ExecStartPre", commands<&UnitState::start_commands>},
    {"ExecStart", commands<&UnitState::start_commands>},
    {"ExecStartPost", commands<&UnitState::start_commands>},
    {"ExecStop", commands<&UnitState::stop_commands>},
    {"ExecStopPost", commands<&UnitState::stop_commands>},
    {"StartLimitBurst", start_limit},
    {"StartLimitIntervalUSec", duration<&UnitState::start_limit_interval>},
    {"WantedBy", started_by},
    {"UpheldBy", started_by},
    {"TriggeredBy", started_by},
    {"RequiredBy", required_by},
    {"RequisiteOf", stopped_along},
    {"BoundBy", required_by},
    {"ConsistsOf", stopped_along},
    {"PropagatesStopTo", stopped_along},
    {"Job", job},
    {"FragmentPath", text<&UnitState::fragment>},
    {"Unit", text<&UnitState::triggers>},
    {"Paths", watched},
};

int read_value(std::string_view name, sd_bus_message* all, UnitState& state) {
    for (const auto& property : wanted)
        if (property.name == name) return property.read(all, state);
    return ::sd_bus_message_skip(all, "v");
}

int read_all(sd_bus_message* all, UnitState& state) {
    if (const int r = ::sd_bus_message_enter_container(all, 'a', "{sv}"); r < 0) return r;
    int r = 0;
    while ((r = ::sd_bus_message_enter_container(all, 'e', "sv")) > 0) {
        const char* name = nullptr;
        if (r = ::sd_bus_message_read(all, "s", &name); r < 0) return r;
        if (r = read_value(name, all, state); r < 0) return r;
        if (r = ::sd_bus_message_exit_container(all); r < 0) return r;
    }
    return r;
}

}  // namespace

Result<UnitState> read_unit_state(sd_bus_message* all) {
    UnitState state;
    if (read_all(all, state) < 0 || state.active.empty())
        return fail(ErrorCode::protocol,
                    "invalid answer from systemd over D-Bus: the properties of the unit");
    return state;
}

}  // namespace inhaul::service
