#include <inhaul/deploy/forecast.hpp>

#include <fmt/format.h>

#include "gates.hpp"

namespace inhaul::deploy {
namespace {

constexpr std::size_t most_commits = 20;

Result<CommitId> target_of(const AppName& app, const DeployRequest& request, const Ports& ports,
                           const ledger::Restrictions& restrictions,
                           const git::OnProgress& progress) {
    auto wanted = request.to;
    if (!wanted && request.again) {
        const auto live = TRY(ports.ledger.live(app));
        if (const auto& there = live.switch_incomplete ? live.last_known_good : live.tree)
            return *there;
    }
    if (!wanted && restrictions.pin) wanted = restrictions.pin->commit.hex();
    auto head = ports.repository.fetch(progress, std::nullopt);
    if (!wanted) return head;
    if (auto known = ports.repository.resolve(*wanted)) return known;
    (void)TRY(std::move(head));
    return ports.repository.resolve(*wanted);
}

Result<void> ask_all(Forecast& forecast, const Ports& ports,
                     const ledger::Restrictions& restrictions) {
    using deployment::Held;
    using deployment::Refused;
    if (const auto& pause = restrictions.pause)
        forecast.answers.push_back(
            {"pause", Held{"pause", "paused by " + pause->decree.who, pause->until}});
    if (const auto& pin = restrictions.pin)
        forecast.answers.push_back(
            {"pin", forecast.to == pin->commit
                        ? Verdict{Passes{}}
                        : Verdict{Refused{"pin", "pinned to " + pin->commit.short_form()}}});
    if (const auto* bad = restrictions.quarantined(forecast.to))
        forecast.answers.push_back({"quarantine", Refused{"quarantine", bad->cause}});
    for (const auto& gate : ports.gates) {
        Candidate candidate{forecast.to, forecast.from, ports.clock.now()};
        consider_hold(candidate, restrictions);
        auto verdict = gate->ask(candidate);
        if (!verdict)
            return fail(verdict.error().within(fmt::format("ask the gate {}", gate->name())));
        forecast.answers.push_back({std::string{gate->name()}, std::move(*verdict)});
    }
    return {};
}

/// Submodules that have not been fetched are left out.
Verdict can_be_written(const Ports& ports, const CommitId& to) {
    const auto can = ports.repository.check_switch(to);
    if (can) return Passes{};
    const auto& error = can.error();
    if (error.code == ErrorCode::refused) return deployment::Refused{"checkout", error.message};
    return deployment::Held{"checkout", error.message};
}

}  // namespace

Result<Forecast> forecast(const Settings& settings, const DeployRequest& request,
                          const Ports& ports, const git::OnProgress& progress) {
    TRY(ports.repository.open());
    const auto restrictions = TRY(ports.ledger.restrictions(settings.app));
    const auto live = TRY(ports.ledger.live(settings.app));
    auto to = TRY(target_of(settings.app, request, ports, restrictions, progress));
    auto summary = TRY(ports.repository.summary(to));
    Forecast forecast{.from = live.last_known_good ? live.last_known_good : live.tree,
                      .to = to,
                      .summary = summary};
    forecast.forward = !forecast.from || TRY(ports.repository.descends(to, *forecast.from));
    forecast.commits = TRY(ports.repository.log(forecast.from, to, most_commits + 1));
    forecast.more_commits = forecast.commits.size() > most_commits;
    if (forecast.more_commits) forecast.commits.pop_back();
    forecast.files = TRY(ports.repository.changed_files(forecast.from, to));
    const auto comparison = TRY(ports.repository.compare(to));
    forecast.in_place =
        comparison.tree_is_target && comparison.head_is_target && !live.switch_incomplete;
    const bool runs = live.restarted || !ports.service.restartable();
    forecast.nothing = forecast.in_place && forecast.from == to && runs && !request.again;
    forecast.edited = live.switch_incomplete ? 0 : comparison.edited;
    TRY(ask_all(forecast, ports, restrictions));
    if (!forecast.in_place) forecast.answers.push_back({"checkout", can_be_written(ports, to)});
    return forecast;
}

}  // namespace inhaul::deploy
