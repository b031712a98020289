#include "unit_properties.hpp"

#include <cstdint>
#include <string_view>

#include <fmt/format.h>

namespace inhaul::service {
namespace {

// Each reads one variant, and returns a negative errno when it holds another type.

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
    const std::string_view id{static_cast<const char*>(bytes), size};
    for (const char byte : id)
        state.invocation += fmt::format("{:02x}", static_cast<unsigned char>(byte));
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

struct Property {
    std::string_view name;
    int (*read)(sd_bus_message*, UnitState&);
};
constexpr Property wanted[] = {
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
    {"RequiredBy", stopped_along},
    {"RequisiteOf", stopped_along},
    {"BoundBy", stopped_along},
    {"ConsistsOf", stopped_along},
    {"PropagatesStopTo", stopped_along},
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
                    "systemd answers over D-Bus: the unit's properties cannot be read");
    return state;
}

}  // namespace inhaul::service
