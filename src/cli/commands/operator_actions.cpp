// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>

#include <cli/cli.hpp>
#include <cli/output/console.hpp>
#include "deploy_job.hpp"

// The operator actions: pause, resume, pin, unpin, rollback, retry.

namespace inhaul::cli {
namespace {

struct ActionContext {
    Context context;
    Settings settings;
    ledger::Operator by;
};

Result<ActionContext> action_context(const GlobalOptions& global, const OperatorOptions& options) {
    auto found = TRY(context(global));
    auto settings = TRY(found.app_despite_problems(options.app));
    return ActionContext{std::move(found), std::move(settings), {operator_name(), options.why}};
}

Result<std::unique_ptr<ledger::Ledger>> open_ledger(const ActionContext& action) {
    TRY(make_state(action.context.places));
    return ledger::open(action.context.places.state, system_clock());
}

/// For an action that only changes the ledger. `write` returns the sentence to print.
template <class Write>
ExitCode write_action(const GlobalOptions& global, const OperatorOptions& options,
                      const Write& write) {
    const auto sentence = [&]() -> Result<std::string> {
        const auto action = TRY(action_context(global, options));
        const auto ledger = TRY(open_ledger(action));
        return write(action, *ledger);
    }();
    if (!sentence) return report(sentence.error());
    print(fmt::format("{}: {}\n", options.app, *sentence));
    return ExitCode::done;
}

/// Returns the effect of an ended restriction. The other restriction may remain.
std::string after_lift(const ledger::Restrictions& left, const std::string& app) {
    if (left.pause)
        return "The app is still paused. To resume it, run: " + inhaul_command("resume " + app);
    if (left.pin)
        return fmt::format("The app is still pinned to {}. To unpin it, run: {}",
                           left.pin->commit.short_form(), inhaul_command("unpin " + app));
    return "The next poll deploys the head. To deploy it now, run: " +
           inhaul_command("deploy " + app);
}

/// For an action that ends a pause or a pin.
template <class Restriction, class End>
ExitCode lift(const GlobalOptions& global, const OperatorOptions& options, Restriction restriction,
              End end, std::string_view nothing_to_do, std::string_view done) {
    return write_action(
        global, options,
        [&](const ActionContext& action, ledger::RestrictionStore& ledger) -> Result<std::string> {
            if (!(TRY(ledger.restrictions(action.settings.app)).*restriction))
                return std::string{nothing_to_do};
            TRY((ledger.*end)(action.settings.app, action.by));
            return fmt::format("{}. {}", done,
                               after_lift(TRY(ledger.restrictions(action.settings.app)),
                                          action.settings.app.text()));
        });
}

std::string origin_of(const ledger::Operator& by) {
    return by.why.empty() ? by.who : fmt::format("{}: {}", by.who, by.why);
}

Result<DeployJob> job_to(const ActionContext& action, const OperatorOptions& options,
                         std::optional<std::string> commit, bool force) {
    deploy::DeployRequest deploy{.trigger = Trigger::manual, .to = std::move(commit)};
    deploy.origin = origin_of(action.by);
    deploy.force = force;
    return DeployJob{action.settings, std::move(deploy), TRY(parse_wait(options.wait))};
}

/// Returns the commit that was live before the current commit was first deployed.
Result<CommitId> commit_before(ledger::LiveStore& lives, ledger::DeploymentStore& deployments,
                               const AppName& app) {
    const auto live = TRY(lives.live(app));
    const auto history = TRY(deployments.history(app, ledger::all_deployments));
    // After a failed rollback, the service may not run the last known good commit.
    const bool failed = !history.empty() && ledger::touched(history.front()) &&
                        std::holds_alternative<deployment::Failed>(history.front().state);
    const auto unfinished = TRY(deployments.unfinished(app));
    const bool interrupted = unfinished && ledger::began_rollback(*unfinished);
    // The operator repeats a rollback whose process died. Its target is already in the directory.
    const ledger::Live before_it{.tree = live.last_known_good};
    if (unfinished && !interrupted && !ledger::starts_again(*unfinished) && unfinished->to &&
        unfinished->to == ledger::live_before(history, before_it))
        return *unfinished->to;
    if (live.last_known_good &&
        (!ledger::is_verified(live) ||
         ((failed || interrupted) && live.restarted != live.last_known_good)))
        return *live.last_known_good;
    if (const auto before = ledger::live_before(history, live)) return *before;
    return fail(ErrorCode::not_found,
                fmt::format("roll back {}: no commit was live before the live commit", app.text()),
                fmt::format("Run: {}\nThen run: {} COMMIT", inhaul_command("history " + app.text()),
                            inhaul_command("rollback " + app.text())));
}

/// For an action that deploys a commit. `make` returns the job.
template <class Make>
ExitCode run_action(const GlobalOptions& global, const OperatorOptions& options, const Make& make) {
    const auto action = action_context(global, options);
    if (!action) return report(action.error());
    const Result<DeployJob> job = make(*action);
    if (!job) return report(job.error());
    return run_deploy_job(*job, action->context);
}

}  // namespace

ExitCode pause(const GlobalOptions& global, const OperatorOptions& options) {
    return write_action(
        global, options,
        [&](const ActionContext& action, ledger::RestrictionStore& ledger) -> Result<std::string> {
            std::optional<Milliseconds> time;
            if (!options.time.empty() && !(time = parse_duration(options.time)))
                return fail(ErrorCode::usage,
                            fmt::format("--for: {} is not a duration", printable(options.time)),
                            "Write a duration such as 2h or 3d.");
            TRY(ledger.pause(action.settings.app, time, action.by));
            if (time) return "paused for " + format_duration(*time);
            return fmt::format("paused until `{}`", inhaul_command("resume " + options.app));
        });
}

ExitCode resume(const GlobalOptions& global, const OperatorOptions& options) {
    return lift(global, options, &ledger::Restrictions::pause, &ledger::RestrictionStore::resume,
                "was not paused", "resumed");
}

ExitCode unpin(const GlobalOptions& global, const OperatorOptions& options) {
    return lift(global, options, &ledger::Restrictions::pin, &ledger::RestrictionStore::unpin,
                "was not pinned", "unpinned");
}

ExitCode pin(const GlobalOptions& global, const OperatorOptions& options) {
    return run_action(global, options, [&](const ActionContext& action) -> Result<DeployJob> {
        auto commit = options.commit;
        if (commit.empty()) {
            const auto live = TRY(TRY(open_ledger(action))->live(action.settings.app));
            if (!live.tree)
                return fail(
                    ErrorCode::usage, fmt::format("pin {}: nothing is live", options.app),
                    "To deploy the head first, run: " + inhaul_command("deploy " + options.app));
            commit = live.tree->hex();
        }
        auto job = TRY(job_to(action, options, std::move(commit), true));
        job.then = [app = action.settings.app, by = action.by](
                       ledger::RestrictionStore& ledger,
                       const deploy::Completed& done) -> Result<void> {
            const bool live = std::holds_alternative<deployment::Succeeded>(done.record.state) ||
                              std::holds_alternative<deployment::Unchanged>(done.record.state);
            if (!live || !done.record.to) return {};
            TRY(ledger.pin(app, *done.record.to, by));
            print(fmt::format("{}: pinned to {}\n", app.text(), done.record.to->short_form()));
            return {};
        };
        return job;
    });
}

ExitCode rollback(const GlobalOptions& global, const OperatorOptions& options) {
    return run_action(global, options, [&](const ActionContext& action) -> Result<DeployJob> {
        auto commit = options.commit;
        if (commit.empty()) {
            const auto ledger = TRY(open_ledger(action));
            commit = TRY(commit_before(*ledger, *ledger, action.settings.app)).hex();
        }
        return job_to(action, options, std::move(commit), true);
    });
}

ExitCode retry(const GlobalOptions& global, const OperatorOptions& options) {
    return run_action(global, options, [&](const ActionContext& action) -> Result<DeployJob> {
        TRY(TRY(open_ledger(action))->retry(action.settings.app, action.by));
        return job_to(action, options, std::nullopt, false);
    });
}

}  // namespace inhaul::cli
