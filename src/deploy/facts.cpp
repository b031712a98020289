// SPDX-License-Identifier: Apache-2.0
#include "facts.hpp"

#include <fmt/format.h>

#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>

#include "gates.hpp"

namespace inhaul::deploy {
namespace {

/// GitHub's API may know a push before its git servers do.
Result<void> refuse_lagging(const CommitId& head, const PlanInput& facts, const Settings& settings,
                            const Ports& ports) {
    const auto& expected = facts.request.expected;
    if (!expected || *expected == head || TRY(ports.commits.has(*expected))) return {};
    if (facts.live.tree != head) return {};
    return fail(ErrorCode::network,
                fmt::format("fetch {}: the git server does not have {} yet", settings.git_url,
                            expected->short_form()),
                {}, true);
}

Error foreign(const CommitId& head, const Settings& settings) {
    return {ErrorCode::refused,
            fmt::format("{} is a checkout of another repository: its commit {} has no history in "
                        "common with {}",
                        settings.directory.string(), head.short_form(), settings.repository),
            "Set `directory` to another path, or move this directory aside."};
}

/// The directory must be a checkout of this history. The history of the last deployed commit is
/// allowed too, because a branch may be rewritten. A user may have replaced the directory since
/// then.
Result<void> refuse_foreign(const CommitId& target, const PlanInput& facts,
                            const Settings& settings, const Ports& ports) {
    const auto& live = facts.live;
    const auto head = TRY(ports.tree.head());
    if (!head || head == live.tree || head == live.last_known_good) return {};
    if (TRY(ports.history.related(*head, target))) return {};
    if (live.tree) {
        // Nothing is known about a damaged commit. The deployment replaces it.
        if (!TRY(ports.commits.has(*head))) return {};
        if (TRY(ports.history.related(*head, *live.tree))) return {};
    }
    return fail(foreign(*head, settings));
}

/// The same before the first fetch, which writes to the checkout.
Result<void> refuse_foreign_before_fetch(const PlanInput& facts, const Settings& settings,
                                         const Ports& ports, const std::filesystem::path& scratch,
                                         const git::OnProgress& progress) {
    const auto& live = facts.live;
    const auto head = TRY(ports.tree.head());
    if (!head || head == live.tree || head == live.last_known_good) return {};
    if (!TRY(ports.commits.has(*head))) return {};
    if (live.tree && TRY(ports.history.related(*head, *live.tree))) return {};
    if (!TRY(ports.fetcher.is_foreign(scratch, progress))) return {};
    return fail(foreign(*head, settings));
}

/// Only the forge decides which commit is deployed. It must have the commit, or must have had it at
/// an earlier deployment.
Result<bool> is_from_forge(const CommitId& commit, const PlanInput& facts, const AppName& app,
                           const Ports& ports) {
    const auto& live = facts.live;
    if (commit == live.tree || commit == live.last_known_good) return true;
    if (TRY(ports.commits.is_fetched(commit))) return true;
    for (const auto& record : TRY(ports.deployments.history(app, ledger::all_deployments)))
        if (record.to == commit || record.from == commit) return true;
    return false;
}

Result<FoundTarget> found_target(const FindTarget& fact, const PlanInput& facts,
                                 const Settings& settings, const Ports& ports,
                                 const std::filesystem::path& scratch,
                                 const git::OnProgress& progress) {
    const auto may_fetch = [&] {
        return refuse_foreign_before_fetch(facts, settings, ports, scratch, progress);
    };
    if (fact.name) {
        // A known commit needs no network: a rollback must work while the forge is unreachable.
        const auto known = ports.commits.resolve(*fact.name);
        if (known && TRY(is_from_forge(*known, facts, settings.app, ports)))
            return FoundTarget{*known};
        TRY(may_fetch());
        (void)TRY(ports.fetcher.fetch(progress, std::nullopt));
        auto found = TRY(ports.commits.resolve(*fact.name));
        if (TRY(is_from_forge(found, facts, settings.app, ports)))
            return FoundTarget{std::move(found)};
        return fail(Error{ErrorCode::not_found,
                          fmt::format("no branch or tag that was fetched from {} contains {}",
                                      settings.git_url, found.short_form()),
                          "Push it to a branch or tag. Then run: " +
                              git_command(settings.releases ? settings.directory / "repo.git"
                                                            : settings.directory,
                                          "fetch --tags origin"),
                          false, ErrorReason::no_such_commit});
    }
    TRY(may_fetch());
    auto head = TRY(ports.fetcher.fetch(progress, facts.request.expected));
    TRY(refuse_lagging(head, facts, settings, ports));
    return FoundTarget{std::move(head), true};
}

/// Returns true if a deployment has started this app before. Else a unit that does not run was not
/// started yet, rather than stopped by an operator.
Result<bool> has_run(const AppName& app, ledger::DeploymentStore& deployments) {
    for (const auto& record : TRY(deployments.history(app, ledger::all_deployments)))
        if (const auto* succeeded = std::get_if<deployment::Succeeded>(&record.state);
            std::holds_alternative<deployment::RolledBack>(record.state) ||
            (succeeded != nullptr && succeeded->verified))
            return true;
    return false;
}

}  // namespace

Result<bool> is_rewritten(const PlanInput& facts, const Settings& settings, const Ports& ports) {
    constexpr std::size_t recent = 50;
    const auto& good = facts.live.last_known_good;
    if (!facts.target_is_head || !good || TRY(ports.history.descends(*facts.target, *good)))
        return false;
    bool was_chosen = false;
    for (const auto& record : TRY(ports.deployments.history(settings.app, recent))) {
        if (record.head == good) return true;
        was_chosen = was_chosen || record.to == good;
    }
    return !was_chosen;  // it was there before inhaul
}

AppTraits app_traits(const Ports& ports) {
    return {.restartable = ports.service.restartable(),
            .build_hook = ports.hooks.has(Hook::build),
            .activate_hook = ports.hooks.has(Hook::activate),
            .probe = ports.probe.exists(),
            .release_directories = ports.releases.uses_release_directories()};
}

Result<PlanInput> first_facts(const Settings& settings, const DeployRequest& request,
                              const Ports& ports) {
    return PlanInput{.request = request,
                     .app = app_traits(ports),
                     .live = TRY(ports.live.live(settings.app)),
                     .restrictions = TRY(ports.restrictions.restrictions(settings.app))};
}

std::filesystem::path scratch_of(const Settings& settings,
                                 const std::filesystem::path& state_directory) {
    return state_directory / ("scratch-" + settings.app.text());
}

Result<FoundTarget> find_target(const FindTarget& fact, const PlanInput& facts,
                                const Settings& settings, const Ports& ports,
                                const std::filesystem::path& scratch,
                                const git::OnProgress& progress) {
    auto found = TRY(found_target(fact, facts, settings, ports, scratch, progress));
    TRY(refuse_foreign(found.commit, facts, settings, ports));
    return found;
}

Result<void> compare_directory(PlanInput& facts, const Ports& ports) {
    const auto& target = *facts.target;
    auto compared = ports.tree.compare(target);
    if (!compared) {
        facts.writable = TRY(checkout_result(fail(std::move(compared.error()))));
        return {};
    }
    Directory directory{.comparison = *compared, .head = TRY(ports.tree.head())};
    const auto same = [&](const std::optional<CommitId>& commit) -> Result<bool> {
        return commit ? ports.history.same_tree(*commit, target) : Result<bool>{false};
    };
    directory.runs_same_files = TRY(same(facts.live.restarted));
    directory.known_good_files = TRY(same(facts.live.last_known_good));
    facts.directory = std::move(directory);
    return {};
}

Result<GateResult> check_gate(Gate& gate, const CommitId& commit, const PlanInput& facts,
                              const Clock& clock) {
    Candidate candidate{commit, facts.live.last_known_good, clock.now()};
    consider_hold(candidate, facts.restrictions);
    return TRY_WITHIN(fmt::format("check the gate {}", gate.name()), gate.check(candidate));
}

Result<GateResult> check_held_gate(const CheckHeldGate& fact, const PlanInput& facts,
                                   const Ports& ports) {
    for (const auto& gate : ports.gates)
        if (gate->name() == fact.gate && TRY(ports.commits.has(fact.commit)))
            return check_gate(*gate, fact.commit, facts, ports.clock);
    return Passes{};
}

Result<GateResult> check_gates(const PlanInput& facts, const Ports& ports) {
    for (const auto& gate : ports.gates) {
        auto result = TRY(check_gate(*gate, *facts.target, facts, ports.clock));
        if (!std::holds_alternative<Passes>(result)) return result;
    }
    return Passes{};
}

Result<LeftStopped> find_left_stopped(const Settings& settings, const Ports& ports) {
    const auto stopped = TRY(ports.service.stopped_units());
    if (stopped.empty()) return LeftStopped{};
    return left_stopped(settings.service, stopped, TRY(has_run(settings.app, ports.deployments)));
}

Result<void> prepare_switch(const CommitId& target, const Ports& ports,
                            const git::OnProgress& progress) {
    TRY(ports.fetcher.fetch_submodules(target, progress));
    return ports.tree.check_switch(target);
}

Result<GateResult> checkout_result(const Result<void>& checked) {
    if (checked) return Passes{};
    if (checked.error().code != ErrorCode::refused) return fail(checked.error());
    return deployment::Refused{
        std::string{deployment::checkout_gate},
        with_hint(checked.error().message, with_quoted_commands(checked.error().hint))};
}

Result<deployment::Event> refused_or_faulted(const Error& error) {
    const auto result = TRY(checkout_result(fail(error)));
    return deployment::GateRefuses{std::get<deployment::Refused>(result)};
}

std::optional<deployment::Event> obstacle_to(const CommitId& target, const Ports& ports) {
    const auto checked = ports.tree.check_switch(target);
    if (checked) return std::nullopt;
    auto event = refused_or_faulted(checked.error());
    return event ? *std::move(event)
                 : deployment::Event{deployment::Faulted{std::move(event.error())}};
}

}  // namespace inhaul::deploy
