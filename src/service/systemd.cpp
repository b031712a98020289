// SPDX-License-Identifier: Apache-2.0
#include "systemd.hpp"

#include <map>
#include <optional>

#include <fmt/format.h>

#include <inhaul/util/systemctl.hpp>

#include "unit_properties.hpp"

namespace inhaul::service {
namespace {

constexpr const char* manager_path = "/org/freedesktop/systemd1";
constexpr const char* manager = "org.freedesktop.systemd1.Manager";
constexpr const char* properties = "org.freedesktop.DBus.Properties";
/// For calls that systemd answers at once.
constexpr Milliseconds patience{25'000};

Result<std::string> read_path(const Message& message) {
    const char* path = nullptr;
    if (::sd_bus_message_read(message.get(), "o", &path) < 0)
        return fail(ErrorCode::protocol, "invalid answer from systemd over D-Bus: no object path");
    return std::string{path};
}

CallError no_call(const Error& error) {
    return {.name = "", .text = error.message, .number = 0};
}

/// The ended jobs, by path. A job can end before the answer with its path is read.
using EndedJobs = std::map<std::string, std::string, std::less<>>;

void note_ended(sd_bus_message* job_removed, EndedJobs& ended) {
    std::uint32_t number = 0;
    const char* job = nullptr;
    const char* unit = nullptr;
    const char* result = nullptr;
    if (::sd_bus_message_read(job_removed, "uoss", &number, &job, &unit, &result) >= 0)
        ended[job] = result;
}

/// The first job of a unit that ends after a request.
struct RequestedJob {
    std::string unit;
    std::string before;  ///< an earlier job, which a restart joins or cancels
    std::optional<std::string> result = {};

    void note(sd_bus_message* job_removed) {
        std::uint32_t number = 0;
        const char* job = nullptr;
        const char* its_unit = nullptr;
        const char* its_result = nullptr;
        if (::sd_bus_message_read(job_removed, "uoss", &number, &job, &its_unit, &its_result) < 0 ||
            unit != its_unit || result ||
            (before == job && its_result == std::string_view{"canceled"}))
            return;
        result = its_result;
    }
};

}  // namespace

Result<Systemd> Systemd::connect(SystemdUnit::Scope scope) {
    auto bus = TRY(Bus::open(scope));
    // Without a subscriber systemd sends no signals.
    const auto subscribed = bus.call({manager_path, manager, "Subscribe"}, patience, "");
    if (!subscribed) return fail(to_error(subscribed.error()));
    return Systemd{std::move(bus)};
}

Result<std::string> Systemd::path(const std::string& unit) {
    const auto loaded = bus_.call({manager_path, manager, "LoadUnit"}, patience, "s", unit.c_str());
    if (!loaded) return fail(to_error(loaded.error()));
    return read_path(*loaded);
}

Result<UnitState> Systemd::state(const std::string& unit) {
    // An empty interface means all: the unit's and the service's properties are of the same moment.
    const Method get_all{TRY(path(unit)), properties, "GetAll"};
    const auto all = bus_.call(get_all, patience, "s", "");
    if (!all) return fail(to_error(all.error()));
    return read_unit_state(all->get());
}

Result<std::vector<std::string>> Systemd::loaded(const std::string& pattern) {
    const auto answer = bus_.call({manager_path, manager, "ListUnitsByPatterns"}, patience, "asas",
                                  0, 1, pattern.c_str());
    if (!answer) return fail(to_error(answer.error()));
    sd_bus_message* const list = answer->get();
    std::vector<std::string> names;
    int r = ::sd_bus_message_enter_container(list, 'a', "(ssssssouso)");
    while (r >= 0 && (r = ::sd_bus_message_enter_container(list, 'r', "ssssssouso")) > 0) {
        const char* name = nullptr;
        if (r = ::sd_bus_message_read(list, "s", &name); r >= 0) {
            names.emplace_back(name);
            r = ::sd_bus_message_skip(list, "sssssouso");
        }
        if (r >= 0) r = ::sd_bus_message_exit_container(list);
    }
    if (r < 0) return fail(ErrorCode::protocol, "invalid answer from systemd over D-Bus: no units");
    return names;
}

Result<std::vector<std::string>> Systemd::installed_services() {
    const auto answer = bus_.call({manager_path, manager, "ListUnitFilesByPatterns"}, patience,
                                  "asas", 0, 1, "*.service");
    if (!answer) return fail(to_error(answer.error()));
    std::vector<std::string> names;
    const char* file = nullptr;
    const char* state = nullptr;
    sd_bus_message* const list = answer->get();
    int r = ::sd_bus_message_enter_container(list, 'a', "(ss)");
    while (r >= 0 && (r = ::sd_bus_message_read(list, "(ss)", &file, &state)) > 0) {
        const std::string_view path{file};
        const auto name = path.substr(path.rfind('/') + 1);
        const bool of_a_package = path.starts_with("/usr/lib/") || path.starts_with("/lib/");
        if (!of_a_package && name.find("@.") == std::string_view::npos) names.emplace_back(name);
    }
    if (r < 0) return fail(ErrorCode::protocol, "invalid answer from systemd over D-Bus: no files");
    return names;
}

tl::expected<Systemd::JobResult, CallError> Systemd::restart(const std::string& unit,
                                                             Milliseconds deadline) {
    const auto until = system_clock().steady() + deadline;
    EndedJobs ended;
    // Listen before the call, or the end of a fast job is missed.
    const auto listening =
        bus_.listen({manager_path, manager, "JobRemoved"},
                    [&ended](sd_bus_message* message) { note_ended(message, ended); });
    if (!listening) return tl::unexpected{no_call(listening.error())};

    const auto answer =
        bus_.call({manager_path, manager, "RestartUnit"}, deadline, "ss", unit.c_str(), "replace");
    if (!answer) return tl::unexpected{answer.error()};
    const auto job = read_path(*answer);
    if (!job) return tl::unexpected{no_call(job.error())};

    const auto in_time = bus_.wait(until, [&] { return ended.contains(*job); });
    if (!in_time) return tl::unexpected{no_call(in_time.error())};
    return *in_time ? ended[*job] : JobResult{};
}

Result<Systemd::JobResult> Systemd::restart_through(const std::string& helper,
                                                    const std::string& unit, SteadyPoint until,
                                                    const std::function<Result<void>()>& request) {
    UnitState now;
    const auto idle = [&]() -> Result<bool> {
        now = TRY(state(helper));
        return now.job.empty() && !runs(now) && !in_between(now);
    };
    // A request during a run may be lost.
    if (!TRY(watch({helper}, until, idle)))
        return fail(ErrorCode::host, fmt::format("{} is still {}", helper, describe(now)),
                    "Run: " + systemctl(UnitScope::system, "status", helper));
    const auto before = now.invocation;
    RequestedJob job{unit, TRY(state(unit)).job};
    const auto listening = TRY(bus_.listen({manager_path, manager, "JobRemoved"},
                                           [&](sd_bus_message* message) { job.note(message); }));
    TRY(request());
    const auto over = [&]() -> Result<bool> {
        if (!TRY(idle()) || now.invocation == before) return false;
        return now.result != "success" || job.result || TRY(state(unit)).job.empty();
    };
    const bool in_time = TRY(watch({helper, unit}, until, over));
    if (now.invocation == before)
        return fail(ErrorCode::host, helper + " did not start in time",
                    "Run: " + systemctl(UnitScope::system, "status", helper));
    if (!in_time) return JobResult{};
    // Signals that arrived before the last answer are read only now.
    (void)TRY(bus_.wait(system_clock().steady(), [] { return false; }));
    if (now.result == "success" && job.result) return *job.result;
    return fail(ErrorCode::host, fmt::format("{} did not restart it: {}", helper, describe(now)),
                fmt::format("Run: {} -n 50", journalctl(UnitScope::system, helper)));
}

tl::expected<void, CallError> Systemd::may_restart(const std::string& unit) {
    const auto answer =
        bus_.call({manager_path, manager, "RestartUnit"}, patience, "ss", unit.c_str(), "isolate");
    if (answer || answer.error().name == "org.freedesktop.DBus.Error.InvalidArgs") return {};
    return tl::unexpected{answer.error()};
}

tl::expected<void, CallError> Systemd::reset_failed(const std::string& unit) {
    const auto answer =
        bus_.call({manager_path, manager, "ResetFailedUnit"}, patience, "s", unit.c_str());
    // A unit that is not loaded has nothing to reset.
    if (answer || answer.error().name == "org.freedesktop.systemd1.NoSuchUnit") return {};
    return tl::unexpected{answer.error()};
}

Result<bool> Systemd::watch(const std::vector<std::string>& units, SteadyPoint until,
                            const std::function<Result<bool>()>& judge) {
    bool changed = false;
    std::vector<Subscription> listening;
    for (const auto& unit : units) {
        const Method signal{TRY(path(unit)), properties, "PropertiesChanged"};
        listening.push_back(
            TRY(bus_.listen(signal, [&changed](sd_bus_message*) { changed = true; })));
    }
    for (;;) {
        changed = false;
        if (TRY(judge())) return true;
        if (!TRY(bus_.wait(until, [&] { return changed; }))) return false;
    }
}

}  // namespace inhaul::service
