// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "adapters.hpp"
#include "one_unit.hpp"
#include "runs.hpp"
#include "unit_log.hpp"

namespace inhaul::service {
namespace {

class UnitService final : public Service {
public:
    UnitService(const SystemdUnits& units,
                const std::optional<std::filesystem::path>& init_directory,
                Milliseconds restart_deadline, Milliseconds settle)
        : names_(units.names), scope_(units.scope), settle_(settle) {
        for (const auto& name : names_)
            units_.push_back(
                {name, OneUnit{{name, scope_}, init_directory, restart_deadline, units.trigger}});
    }

    [[nodiscard]] bool restartable() const override { return !units_.empty(); }
    [[nodiscard]] Result<std::vector<StoppedUnit>> stopped_units() override;
    void exclude(const std::vector<std::string>& units) override;
    [[nodiscard]] Result<std::string> invocation() override;
    [[nodiscard]] Result<std::string> restart(const std::string& before, Extent extent,
                                              const process::Environment& environment) override;
    [[nodiscard]] Result<void> settle(const std::string& invocation) override;
    [[nodiscard]] Result<void> check(const std::string& invocation) override;
    [[nodiscard]] Result<std::vector<UnitCheck>> examine() override;
    [[nodiscard]] std::vector<UnitLog> start_log() override;

    [[nodiscard]] Result<void> refuse_own() const;

private:
    struct Watched {
        std::string name;  ///< in the settings
        OneUnit unit;
        std::optional<std::string> expected = {};  ///< the invocation that must not change
        std::optional<unsigned> restarts = {};     ///< NRestarts when the watch began
        UnitState now = {};  ///< before the restart, and at each check after it
        std::optional<std::string> wrong = {};
    };

    [[nodiscard]] Result<Runs> runs(Systemd& systemd);
    [[nodiscard]] Result<void> check_all(Systemd& systemd);
    [[nodiscard]] Result<void> watch(std::string_view when, const std::string& invocation,
                                     Milliseconds time);
    [[nodiscard]] static Result<bool> look_at(Watched& each, Systemd& systemd);

    std::vector<std::string> names_;
    SystemdUnit::Scope scope_;
    Milliseconds settle_;
    std::optional<TimePoint> restarted_ = {};  ///< when restart() began
    std::vector<Watched> units_;               ///< without the units of exclude()
};

void UnitService::exclude(const std::vector<std::string>& units) {
    units_.erase(std::remove_if(units_.begin(), units_.end(),
                                [&](const Watched& each) {
                                    return std::find(units.begin(), units.end(), each.name) !=
                                           units.end();
                                }),
                 units_.end());
}

Result<void> UnitService::refuse_own() const {
    for (const auto& each : units_)
        TRY_WITHIN("restart " + each.name, each.unit.refuse_own(nullptr));
    return {};
}

Result<std::vector<StoppedUnit>> UnitService::stopped_units() {
    const auto intent = fmt::format("query {}", fmt::join(names_, ", "));
    auto systemd = TRY_WITHIN(intent, Systemd::connect(scope_));
    std::vector<StoppedUnit> found;
    for (auto& each : units_) {
        auto stopped = each.unit.stopped(TRY_WITHIN(intent, each.unit.state(systemd)));
        if (!stopped) continue;
        stopped->unit = each.name;
        found.push_back(std::move(*stopped));
    }
    return found;
}

Result<Runs> UnitService::runs(Systemd& systemd) {
    Runs found;
    for (auto& each : units_)
        found[each.name] =
            invocation_of(TRY_WITHIN("query " + each.unit.name(), each.unit.state(systemd)));
    return found;
}

Result<std::string> UnitService::invocation() {
    if (units_.empty()) return std::string{};
    auto systemd =
        TRY_WITHIN(fmt::format("query {}", fmt::join(names_, ", ")), Systemd::connect(scope_));
    return text_of(TRY(runs(systemd)), names_);
}

/// Checks all units before the first restart.
Result<void> UnitService::check_all(Systemd& systemd) {
    for (auto& each : units_) {
        const auto intent = "restart " + each.name;
        each.now = TRY_WITHIN(intent, each.unit.state(systemd));
        TRY_WITHIN(intent, each.unit.check(each.now));
    }
    return {};
}

/// Crash point: between two units. The next start finds the first in another run than `before`.
Result<std::string> UnitService::restart(const std::string& before, Extent extent,
                                         const process::Environment& /*environment*/) {
    restarted_ = system_clock().now();
    if (units_.empty()) return std::string{};
    auto systemd =
        TRY_WITHIN(fmt::format("restart {}", fmt::join(names_, ", ")), Systemd::connect(scope_));
    TRY(check_all(systemd));
    auto old = extent == Extent::rest ? runs_from(before, names_) : TRY(runs(systemd));
    for (auto& each : units_) {
        const auto intent = "restart " + each.unit.name();
        auto state = TRY_WITHIN(intent, each.unit.state(systemd));
        // systemd restarts it together with an earlier unit (PartOf=, Requires=), in its own job.
        if (!state.job.empty() && state.job != each.now.job)
            state = TRY_WITHIN(intent, each.unit.state_after_job(systemd));
        // Skip a unit that was started since then: before a kill, by a reboot, or together with an
        // earlier unit. It runs the new tree.
        const auto now = invocation_of(state);
        if (!now.empty() && now != old[each.name]) continue;
        TRY_WITHIN(intent, each.unit.restart(systemd));
    }
    auto now = TRY(runs(systemd));
    // The job succeeded but the old process still runs: the probe would test the old code.
    for (const auto& each : units_)
        if (!now[each.name].empty() && now[each.name] == old[each.name])
            return fail(ErrorCode::failed,
                        fmt::format("restart {}: the old process still runs", each.unit.name()),
                        "Run: " + each.unit.systemctl("stop"), true);
    return text_of(now, names_);
}

Result<void> UnitService::settle(const std::string& invocation) {
    return watch("watch {} after its restart", invocation, settle_);
}

Result<void> UnitService::check(const std::string& invocation) {
    return watch("check {} after its probe", invocation, Milliseconds{0});
}

/// Returns an error if the unit is not healthy.
Result<bool> UnitService::look_at(Watched& each, Systemd& systemd) {
    each.now = TRY(each.unit.state(systemd));
    if (!each.expected || each.expected->empty()) each.expected = each.now.invocation;
    if (!each.restarts) each.restarts = each.now.restarts;
    each.wrong = fault(each.now, *each.expected, *each.restarts);
    return each.wrong.has_value();
}

Result<void> UnitService::watch(std::string_view when, const std::string& invocation,
                                Milliseconds time) {
    if (units_.empty()) return {};
    const auto about = [&](const std::string& unit) {
        return fmt::format(fmt::runtime(when), unit);
    };
    auto expected = runs_from(invocation, names_);
    auto systemd =
        TRY_WITHIN(about(fmt::format("{}", fmt::join(names_, ", "))), Systemd::connect(scope_));
    for (auto& each : units_) {
        each.expected = expected[each.name];
        each.restarts.reset();
    }
    const auto judge = [&]() -> Result<bool> {
        bool wrong = false;
        for (auto& each : units_)
            wrong = TRY_WITHIN(about(each.unit.name()), look_at(each, systemd)) || wrong;
        return wrong;
    };
    std::vector<std::string> units;
    for (const auto& each : units_)
        units.push_back(each.name);
    const bool ended_early = TRY(systemd.watch(units, system_clock().steady() + time, judge));
    std::optional<Error> error;
    for (auto& each : units_) {
        if (!ended_early && in_between(each.now))
            each.wrong = "the unit is still " + describe(each.now);
        if (!each.wrong) continue;
        auto wrong = each.unit.wrong(about(each.unit.name()) + ": " + *each.wrong, each.now);
        if (error) wrong.message = error->message + "; " + wrong.message;
        error = std::move(wrong);
    }
    if (!error) return {};
    return fail(std::move(*error));
}

Result<std::vector<UnitCheck>> UnitService::examine() {
    auto systemd = TRY(Systemd::connect(scope_));
    std::vector<UnitCheck> found;
    for (auto& each : units_)
        found.push_back(each.unit.examine(systemd));
    return found;
}

std::vector<UnitLog> UnitService::start_log() {
    // A process that resumes the deployment has not seen the restart.
    const auto since = restarted_.value_or(system_clock().now() - std::chrono::minutes{1});
    std::vector<UnitLog> logs;
    for (const auto& each : units_)
        logs.push_back(log_of({each.unit.name(), scope_}, since));
    return logs;
}

}  // namespace

Result<std::unique_ptr<Service>> systemd_service(
    const SystemdUnits& units, const std::optional<std::filesystem::path>& init_directory,
    Milliseconds restart_deadline, Milliseconds settle) {
    auto service = std::make_unique<UnitService>(units, init_directory, restart_deadline, settle);
    TRY(service->refuse_own());
    return service;
}

}  // namespace inhaul::service
