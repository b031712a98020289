#include <fmt/format.h>

#include <inhaul/service/polkit.hpp>
#include <inhaul/util/account.hpp>

#include "adapters.hpp"
#include "systemd.hpp"
#include "whereabouts.hpp"

namespace inhaul::service {
namespace {

class UnitService final : public Service {
public:
    UnitService(const SystemdUnit& unit, Milliseconds restart_deadline, Milliseconds settle)
        : unit_(unit), restart_deadline_(restart_deadline), settle_(settle) {}

    [[nodiscard]] bool restartable() const override { return true; }
    [[nodiscard]] Result<std::string> invocation() override;
    [[nodiscard]] Result<void> restart() override;
    [[nodiscard]] Result<void> may_restart() override;
    [[nodiscard]] Result<void> settle(const std::string& invocation) override;
    [[nodiscard]] Result<void> check(const std::string& invocation) override;

    [[nodiscard]] Result<void> refuse_own(const UnitState* state) const;

private:
    [[nodiscard]] Result<void> check_loaded(const UnitState& state) const;
    [[nodiscard]] Result<void> after_checks(const std::function<Result<void>(Systemd&)>& act);
    [[nodiscard]] Result<void> ask_and_wait(Systemd& systemd);
    [[nodiscard]] Result<void> watch(Systemd& systemd, std::string expected, Milliseconds time);
    [[nodiscard]] Error refusal(const CallError& error) const;
    [[nodiscard]] Error denied(const CallError& error) const;
    [[nodiscard]] Error ended_badly(const std::string& job_result, const UnitState& state) const;

    SystemdUnit unit_;
    Milliseconds restart_deadline_;
    Milliseconds settle_;
};

/// systemd asks polkit, and says in one of three ways that the answer is not yes: nobody could be
/// asked for a password, a rule said no, or polkit itself cannot be started.
bool says_denied(const CallError& error) {
    if (error.name == "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired") return true;
    if (error.name == "org.freedesktop.DBus.Error.AccessDenied") return true;
    return error.name.starts_with("org.freedesktop.systemd1.") &&
           error.text.find("polkit") != std::string::npos;
}

Result<std::string> UnitService::invocation() {
    const auto intent = "ask for " + unit_.unit;
    auto systemd = TRY_WITHIN(intent, Systemd::connect(unit_.scope));
    return running_invocation(TRY_WITHIN(intent, systemd.state(unit_.unit)));
}

/// Restarts, or asks whether it may: after the same checks, with the same words for a refusal.
Result<void> UnitService::after_checks(const std::function<Result<void>(Systemd&)>& act) {
    const auto intent = "restart " + unit_.unit;
    auto systemd = TRY_WITHIN(intent, Systemd::connect(unit_.scope));
    const auto state = TRY_WITHIN(intent, systemd.state(unit_.unit));
    TRY_WITHIN(intent, check_loaded(state));
    TRY(refuse_own(&state));
    TRY_WITHIN(intent, act(systemd));
    return {};
}

Result<void> UnitService::restart() {
    return after_checks([this](Systemd& systemd) { return ask_and_wait(systemd); });
}

Result<void> UnitService::may_restart() {
    return after_checks([this](Systemd& systemd) -> Result<void> {
        const auto allowed = systemd.may_restart(unit_.unit);
        if (!allowed) return fail(refusal(allowed.error()));
        return {};
    });
}

/// What systemd would say only after it has asked polkit.
Result<void> UnitService::check_loaded(const UnitState& state) const {
    if (state.load == "not-found")
        return fail(ErrorCode::not_found, "systemd knows no such unit",
                    "is the name right, and has `systemctl daemon-reload` been run since the unit "
                    "was installed?");
    if (state.load == "masked")
        return fail(ErrorCode::failed, "the unit is masked",
                    fmt::format("`systemctl unmask {}` allows it to be started", unit_.unit));
    return {};
}

Result<void> UnitService::refuse_own(const UnitState* state) const {
    const auto why = would_end(whereabouts(), unit_, state);
    if (!why) return {};
    return fail(ErrorCode::refused, fmt::format("restart {}: {}", unit_.unit, *why),
                "run inhaul as a unit of its own, such as inhaul@.service, that does not depend on "
                "the app's");
}

Result<void> UnitService::ask_and_wait(Systemd& systemd) {
    const auto result = systemd.restart(unit_.unit, restart_deadline_);
    if (!result) return fail(refusal(result.error()));
    if (*result == "done") return {};
    return fail(ended_badly(*result, TRY(systemd.state(unit_.unit))));
}

Error UnitService::refusal(const CallError& error) const {
    return says_denied(error) ? denied(error) : to_error(error);
}

Error UnitService::denied(const CallError& error) const {
    if (unit_.scope == SystemdUnit::Scope::user)
        return {ErrorCode::permission, "the user manager does not allow it: " + error.text};
    const auto name = account::current_name();
    return {ErrorCode::permission,
            fmt::format("polkit does not allow it to {}: {}", name, error.text),
            "polkit must run, and as root add this to /etc/polkit-1/rules.d/50-inhaul.rules:\n" +
                polkit_rule(name, {&unit_.unit, 1})};
}

Error UnitService::ended_badly(const std::string& job_result, const UnitState& state) const {
    if (job_result.empty())
        return {ErrorCode::timeout,
                fmt::format("not finished within {}: the unit is {}",
                            format_duration(restart_deadline_), describe(state)),
                hint_for(state, unit_)};
    return {ErrorCode::failed,
            fmt::format("systemd's job ended as {}: the unit is {}", job_result, describe(state)),
            hint_for(state, unit_)};
}

Result<void> UnitService::settle(const std::string& invocation) {
    const auto intent = fmt::format("watch {} after its restart", unit_.unit);
    auto systemd = TRY_WITHIN(intent, Systemd::connect(unit_.scope));
    TRY_WITHIN(intent, watch(systemd, invocation, settle_));
    return {};
}

Result<void> UnitService::check(const std::string& invocation) {
    const auto intent = fmt::format("look at {} after its probe", unit_.unit);
    auto systemd = TRY_WITHIN(intent, Systemd::connect(unit_.scope));
    TRY_WITHIN(intent, watch(systemd, invocation, Milliseconds{0}));
    return {};
}

Result<void> UnitService::watch(Systemd& systemd, std::string expected, Milliseconds time) {
    std::optional<unsigned> restarts;
    UnitState now;
    std::optional<std::string> wrong;
    const auto judge = [&]() -> Result<bool> {
        now = TRY(systemd.state(unit_.unit));
        if (expected.empty()) expected = now.invocation;
        if (!restarts) restarts = now.restarts;
        wrong = fault(now, expected, *restarts);
        return wrong.has_value();
    };
    const auto until = system_clock().steady() + time;
    const bool ended_early = TRY(systemd.watch(unit_.unit, until, judge));
    if (!ended_early && in_between(now)) wrong = "it is still " + describe(now);
    if (!wrong) return {};
    return fail(ErrorCode::failed, *wrong, hint_for(now, unit_));
}

}  // namespace

Result<std::unique_ptr<Service>> systemd_service(const SystemdUnit& unit,
                                                 Milliseconds restart_deadline,
                                                 Milliseconds settle) {
    auto service = std::make_unique<UnitService>(unit, restart_deadline, settle);
    TRY(service->refuse_own(nullptr));
    return service;
}

}  // namespace inhaul::service
