// SPDX-License-Identifier: Apache-2.0
#include "deploy_job.hpp"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/budget.hpp>
#include <inhaul/state_files.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

#include <cli/output/console.hpp>
#include <cli/output/progress.hpp>
#include <cli/output/record_view.hpp>
#include <cli/publisher.hpp>

namespace inhaul::cli {
namespace {

using namespace deployment;

/// A deployment that could not begin (missing token, the agent's own unit) is in the history too.
Result<deploy::Completed> record_failure(const DeployJob& job, ledger::DeploymentStore& deployments,
                                         Error cause) {
    if (TRY(deployments.unfinished(job.settings.app))) return fail(std::move(cause));
    auto record = TRY(deployments.begin(job.settings.app, job.request.trigger, job.request.origin));
    record.state = Failed{std::move(cause)};
    TRY(deployments.save(record, std::nullopt));
    return deploy::Completed{std::move(record), std::nullopt};
}

/// The agent sends for its workers. An operator may deploy without an agent.
bool sends(const DeployJob& job) {
    return job.request.trigger == Trigger::manual;
}

const AccountSettings& account_of(const Context& context) {
    static const AccountSettings none;
    return context.loaded.account ? *context.loaded.account : none;
}

/// The agent waits as long as the server that refused a request demands, with all apps that share
/// the limit. It may be the server of a submodule, whose limit the agent cannot look up. This app
/// waits in any case.
Result<void> obey_server(const DeployJob& job, ledger::PollStore& polls,
                         const ledger::Record& record) {
    const auto* const failed = std::get_if<Failed>(&record.state);
    if (failed == nullptr || !failed->cause.retry_after) return {};
    const auto until = system_clock().now() + *failed->cause.retry_after;
    if (!failed->cause.budget.empty()) TRY(polls.block(failed->cause.budget, until));
    return polls.block(app_budget(job.settings), until);
}

/// Returns nothing if the job only resumes, and there is nothing to resume.
Result<std::optional<deploy::Completed>> carry_out(const DeployJob& job, const Context& context) {
    const auto& places = context.places;
    const auto locked = TRY(lock_app(
        context, job, fmt::format("inhaul deploy ({})", trigger_name(job.request.trigger))));
    auto& ledger = *locked.ledger;
    // A target that is new here begins with this deployment.
    if (sends(job)) TRY(report::add_targets(ledger, account_of(context), context.loaded.apps));
    auto working = wiring::make_worker(job.settings);
    if (!working && job.resume_only) return fail(std::move(working.error()));
    if (!working) return record_failure(job, ledger, working.error());
    const deploy::Ports ports{*working->repository, *working->service, ledger,
                              system_clock(),       *working->hooks,   *working->probe,
                              working->gates};
    ProgressLine progress;
    const git::OnProgress show = [&](const git::Progress& now) { progress.show(now); };
    if (job.resume_only) {
        auto resumed = TRY(deploy::resume(job.settings, ports, places.state, show));
        if (!resumed) return std::optional<deploy::Completed>{};
        TRY(obey_server(job, ledger, *resumed));
        return deploy::Completed{*std::move(resumed), std::nullopt};
    }
    auto report = TRY(deploy::run(job.settings, job.request, ports, places.state, show));
    TRY(obey_server(job, ledger, report.record));
    if (job.then) TRY(job.then(ledger, report));
    return report;
}

std::string sentence(const ledger::Record& record) {
    const auto& app = record.app.text();
    const auto commit = record.to ? record.to->short_form() : std::string{"-"};
    const auto subject = record.summary
                             ? fmt::format(" \"{}\"", printable(record.summary->subject, 60))
                             : std::string{};
    if (std::holds_alternative<Unchanged>(record.state))
        return fmt::format("{}: nothing to do, {}{} is live. To deploy it again, run: {}", app,
                           commit, subject, inhaul_command(fmt::format("deploy {} --again", app)));
    const auto took = record.finished ? *record.finished - record.started : Milliseconds{0};
    const auto* const succeeded = std::get_if<Succeeded>(&record.state);
    const bool runs = succeeded == nullptr || succeeded->verified;
    const auto from = record.from == record.to ? std::string{}
                      : record.from            ? record.from->short_form() + " -> "
                                               : std::string{"nothing -> "};
    return fmt::format("{}: {}{}{} is {} after {:.1f} s{}", app, from, commit, subject,
                       runs ? "live" : "deployed", std::chrono::duration<double>(took).count(),
                       runs ? "" : ". Its service stays stopped.");
}

/// The journal looks up the unit of a line in /proc, and caches it per process. If a process logs
/// only at its end, it may be gone by then, and `journalctl -u` misses the line.
void announce(const DeployJob& job) {
    if (job.request.trigger == Trigger::manual || job.resume_only) return;
    const auto& head = job.request.expected;
    log::info("deploying", {{"app", job.settings.app.text()},
                            {"head", head ? head->short_form() : std::string{}}});
}

/// Returns the command with which an operator overrides a gate; nothing if no command can.
std::string hint_for_gate(std::string_view gate, const AppName& app,
                          const std::optional<std::string>& to) {
    if (gate == deployment::checkout_gate) return {};  // its reason has a hint
    if (gate == deployment::pause_gate) return "Run: " + inhaul_command("resume " + app.text());
    // `retry` deploys the head.
    if (gate == deployment::quarantine_gate && !to)
        return "Run: " + inhaul_command("retry " + app.text());
    return "To deploy it anyway, run: " +
           inhaul_command(fmt::format("deploy {}{} --force", app.text(),
                                      to ? " --to " + shell_word(*to) : std::string{}));
}

/// For programs that read the journal: docs/monitoring.md lists them. They never change.
std::string_view message_id_of(const State& state) {
    if (std::holds_alternative<Failed>(state)) return "44dbcba08f244b8ab230b8a5917ed6dd";
    if (std::holds_alternative<RolledBack>(state)) return "f5e8e640f58544559601138597191d84";
    if (std::holds_alternative<Refused>(state)) return "8b0a3093966f45098dd2091aeddc08e5";
    return {};
}

/// The cause has only the last lines of a hook.
Error with_output_command(Error failure, const ledger::Record& record) {
    const auto command = output_command(record);
    if (!command.empty())
        failure.hint += fmt::format("{}To show the output of the hooks, run: {}",
                                    failure.hint.empty() ? "" : "\n", command);
    return failure;
}

/// Prints a sentence for an operator, or logs an event for the journal. `to` is the requested
/// commit.
ExitCode report_result(const ledger::Record& record, Trigger trigger,
                       const std::optional<std::string>& to) {
    const auto failure = failure_of(record.state, record.app, to);
    const auto intent = fmt::format("deploy {}{}", record.app.text(),
                                    record.to ? " to " + record.to->short_form() : std::string{});
    if (trigger == Trigger::manual) {
        if (failure)
            print_error(with_output_command(*failure, record).within(intent));
        else
            print(sentence(record) + "\n");
    } else if (failure) {
        const bool waits = std::holds_alternative<Held>(record.state);
        log::problem(waits ? log::Level::info : log::Level::error, intent, *failure,
                     {{"app", record.app.text()},
                      {"outcome", std::string{name_of(record.state)}},
                      {"number",
                       ledger::has_number(record) ? std::to_string(record.number) : std::string{}}},
                     message_id_of(record.state));
    } else if (std::holds_alternative<Succeeded>(record.state)) {
        log::info("deployed", {{"app", record.app.text()},
                               {"from", record.from ? record.from->short_form() : "nothing"},
                               {"to", record.to ? record.to->short_form() : "-"},
                               {"number", std::to_string(record.number)}});
    }
    return failure ? exit_code_for(*failure) : ExitCode::done;
}

/// The commands of the agent have hidden options: an operator needs another command.
std::string hint_to_wait(const Context& context, const DeployJob& job) {
    auto global = context.global;
    if (job.request.trigger != Trigger::manual)
        global.command = {"deploy", job.settings.app.text()};
    return "Run: " + command_with(global, "--wait 5m");
}

/// After the result is printed, and without the app's lock. A failure changes no exit status: the
/// ledger still has the notifications that were not sent.
void send_notifications(const Context& context) {
    if (report::targets_of(account_of(context), context.loaded.apps).empty()) return;
    std::fflush(stdout);
    process::arm_own_deadline(std::chrono::ceil<std::chrono::seconds>(2 * send_limit));
    const auto sent = [&]() -> Result<void> {
        const auto ledger = TRY(ledger::open(context.places.state, system_clock()));
        return wiring::send_due(*ledger, context.places, account_of(context), context.loaded.apps,
                                send_limit);
    }();
    if (!sent) log::problem(log::Level::warning, "send notifications", sent.error());
}

}  // namespace

std::optional<Error> failure_of(const State& state, const AppName& app,
                                const std::optional<std::string>& to) {
    if (const auto* failed = std::get_if<Failed>(&state)) return failed->cause;
    if (const auto* back = std::get_if<RolledBack>(&state)) {
        auto cause = back->why.cause;
        cause.message += fmt::format("; rolled back, {} is live again", back->commit.short_form());
        cause.transient = false;
        return cause;
    }
    if (const auto* refused = std::get_if<Refused>(&state))
        return Error{ErrorCode::refused, fmt::format("{}: {}", refused->gate, refused->reason),
                     hint_for_gate(refused->gate, app, to)};
    if (const auto* held = std::get_if<Held>(&state))
        return Error{ErrorCode::refused, fmt::format("waiting: {}: {}", held->gate, held->reason),
                     hint_for_gate(held->gate, app, to)};
    return std::nullopt;
}

Result<Milliseconds> parse_wait(const std::string& text) {
    if (const auto wait = parse_duration(text)) return *wait;
    return fail(ErrorCode::usage, fmt::format("--wait: {} is not a duration", printable(text)),
                "Write a duration such as 30s or 5m.");
}

std::string operator_name() {
    const auto account = account::current();
    const auto name = account ? account->name : std::to_string(::getuid());
    const auto sudo_user = file::environment("SUDO_USER");
    return sudo_user && *sudo_user != name
               ? fmt::format("{} as {}", printable(*sudo_user, 64), name)
               : name;
}

Result<Locked> lock_app(const Context& context, const DeployJob& job, const std::string& what) {
    const auto& places = context.places;
    const auto& settings = job.settings;
    process::bound_worker();
    TRY(make_state(places));
    const auto who =
        fmt::format("{}, process {}, since {}", what, ::getpid(), format_utc(system_clock().now()));
    auto acquired =
        file::Lock::acquire(state_files::app_lock(places.state, settings.app), who, job.wait);
    if (!acquired && acquired.error().code == ErrorCode::locked)
        acquired.error().hint = hint_to_wait(context, job);
    auto lock = TRY(std::move(acquired));
    process::end_children_on_termination();
    process::arm_own_deadline(std::chrono::ceil<std::chrono::seconds>(settings.deploy_deadline));
    return Locked{std::move(lock), TRY(ledger::open(places.state, system_clock()))};
}

ExitCode run_deploy_job(const DeployJob& job, const Context& context) {
    announce(job);
    const auto done = carry_out(job, context);
    if (!done) return report(done.error().within("deploy " + job.settings.app.text()));
    if (!*done) return ExitCode::done;
    const auto& [record, resumed] = **done;
    if (resumed) (void)report_result(*resumed, job.request.trigger, std::nullopt);
    const auto code = report_result(record, job.request.trigger, job.request.to);
    if (sends(job)) send_notifications(context);
    // The agent does it after its own deployments.
    if (job.request.trigger == Trigger::manual) publish_once(context);
    return code;
}

}  // namespace inhaul::cli
