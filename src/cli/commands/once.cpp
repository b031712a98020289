// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <unistd.h>

#include <inhaul/util/file.hpp>

#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/publisher.hpp>
#include <wiring.hpp>

namespace inhaul::cli {
namespace {

Result<ExitCode> poll_once(const config::Places& places, const config::Loaded& loaded,
                           std::vector<Settings> apps, std::optional<ledger::Scheduler> by) {
    TRY(make_state(places));
    const auto agent = TRY(wiring::make_agent(places));
    auto& watcher = agent->watcher;
    if (by)
        for (const auto& settings : apps)
            TRY(agent->ledger->note_scheduled_run(settings.app, *by));
    auto& outbox = agent->outbox;
    const bool all = loaded.problems.empty() && loaded.account.has_value();
    TRY(outbox.set_targets(loaded.account.value_or(AccountSettings{}), loaded.apps, all));
    TRY(watcher.set_apps(std::move(apps)));
    watcher.poll_each_once();
    // A deployment of another app takes its time. Notifications that are due meanwhile are sent.
    while (watcher.tick(), outbox.tick(), !watcher.idle()) {
        auto wake = watcher.next_wake();
        if (const auto send = outbox.next_wake()) wake = wake ? std::min(*wake, *send) : *send;
        agent->loop.run_once(wake);
    }
    wiring::send_for(agent->loop, outbox, send_limit);
    return watcher.exit_code();
}

}  // namespace

std::string_view who_runs_once() {
    if (::isatty(STDIN_FILENO) == 1 || ::isatty(STDOUT_FILENO) == 1 || ::isatty(STDERR_FILENO) == 1)
        return to_string(Trigger::manual);
    // systemd sets INVOCATION_ID.
    return to_string(file::environment("INVOCATION_ID") ? ledger::Scheduler::timer
                                                        : ledger::Scheduler::cron);
}

ExitCode once(const GlobalOptions& global, const OnceOptions& options) {
    const auto found = context(global);
    if (!found) return report(found.error());
    auto apps = chosen(*found, options.apps);
    if (!apps) return report(apps.error());
    const bool all = options.apps.empty();
    const auto by = ledger::scheduler_from(options.by.empty() ? who_runs_once() : options.by);
    // `inhaul remove` may remove the account's last app. Its timer then does nothing.
    if (all && found->loaded.without_files && by == ledger::Scheduler::timer) return ExitCode::done;
    if (all) print_problems(found->loaded.problems);

    if (apps->empty()) return all ? ExitCode::configuration : ExitCode::done;

    const auto code = poll_once(found->places, found->loaded, std::move(*apps), by);
    publish_once(*found);
    if (!code) return report(code.error());
    return all && !found->loaded.problems.empty() ? more_severe(*code, ExitCode::configuration)
                                                  : *code;
}

}  // namespace inhaul::cli
