// SPDX-License-Identifier: Apache-2.0
#include "dry_run.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/deploy/dry_run.hpp>
#include <inhaul/util/text.hpp>

#include <cli/output/console.hpp>
#include <cli/output/progress.hpp>

namespace inhaul::cli {
namespace {

using deployment::Held;
using deployment::Refused;

constexpr std::size_t files_shown = 30;

std::string text_of(const deploy::DryRun::Answer& answer) {
    const auto& result = answer.result;
    if (const auto* held = std::get_if<Held>(&result)) return "waits: " + held->reason;
    if (const auto* refused = std::get_if<Refused>(&result)) return "refuses: " + refused->reason;
    if (const auto* error = std::get_if<Error>(&result)) return "no answer: " + error->message;
    return "passes";
}

std::string commits_of(const deploy::DryRun& found) {
    std::string text;
    for (const auto& [commit, summary] : found.commits)
        text += fmt::format("  {}  {}  ({})\n", commit.short_form(), printable(summary.subject, 70),
                            printable(summary.author, 40));
    return found.more_commits ? text + "  …\n" : text;
}

std::string files_of(const deploy::DryRun& found) {
    std::string text;
    for (std::size_t i = 0; i < std::min(found.files.size(), files_shown); ++i)
        text += fmt::format("  {} {}\n", found.files[i].how, printable(found.files[i].path, 200));
    if (found.files.size() > files_shown)
        text += fmt::format("  … and {} more\n", found.files.size() - files_shown);
    return text;
}

std::string words_of(const std::vector<std::string>& argv) {
    return printable(shell_command(argv));
}

std::string runs(const std::vector<std::vector<std::string>>& commands) {
    std::string text;
    for (const auto& argv : commands)
        text += fmt::format("  run {}\n", words_of(argv));
    return text;
}

std::string restarts(const Settings& settings, const std::vector<std::string>& left) {
    std::string text;
    if (const auto* units = std::get_if<SystemdUnits>(&settings.service))
        for (const auto& unit : units->names)
            if (std::find(left.begin(), left.end(), unit) == left.end())
                text += fmt::format("  restart {}\n", unit);
    if (const auto* command = std::get_if<RestartCommand>(&settings.service))
        text += fmt::format("  restart with {}\n", words_of(command->argv));
    return text;
}

std::string count_of(std::size_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string saves_of(const git::LocalEdits& edits) {
    std::string text;
    if (edits.edited > 0)
        text += fmt::format("  save {} as a patch, and discard the edits\n",
                            count_of(edits.edited, "locally edited file"));
    if (edits.staged > 0)
        text += fmt::format("  save the staged changes of {} as a patch\n",
                            count_of(edits.staged, "file"));
    if (edits.untracked > 0)
        text += fmt::format("  copy {} that the commit overwrites\n",
                            count_of(edits.untracked, "untracked file"));
    if (edits.unfinished_merge)
        text += "  copy the state of an unfinished git operation, and end the operation\n";
    if (edits.commits > 0)
        text += fmt::format("  keep {} below refs/inhaul-saved\n",
                            count_of(edits.commits, "local commit"));
    return text;
}

std::string step_text(const Settings& settings, const deploy::DryRun& found,
                      const deployment::State& outcome, const git::LocalEdits& edits,
                      deploy::DryRun::Step step) {
    using Step = deploy::DryRun::Step;
    switch (step) {
        case Step::undo_switch:
            return "  undo the incomplete switch\n";
        case Step::save_edits:
            return saves_of(edits);
        case Step::build:
            return runs(settings.hooks.build);
        case Step::switch_files:
            return fmt::format("  switch {} to {}\n", settings.directory.string(),
                               deployment::target_of(outcome)->short_form());
        case Step::activate:
            return runs(settings.hooks.activate);
        case Step::restart:
            return restarts(settings, found.left_stopped);
        case Step::probe:
            return fmt::format("  probe {}\n", settings.probe->url
                                                   ? printable(*settings.probe->url)
                                                   : words_of(settings.probe->command));
        case Step::after:
            return runs(settings.hooks.after);
    }
    return {};
}

std::string steps_of(const Settings& settings, const deploy::DryRun& found) {
    std::string text;
    for (const auto step : found.steps)
        text += step_text(settings, found, found.outcome, found.edits, step);
    for (const auto& unit : found.left_stopped)
        text += fmt::format("  leave {} stopped\n", unit);
    return text.empty() ? "  record the deployment\n" : text;
}

/// Describes the completion of an unfinished deployment, before the requested deployment.
std::string completion_of(const Settings& settings, const deploy::DryRun& found) {
    const auto& [number, outcome, steps, edits] = *found.unfinished;
    if (!outcome)
        return "this deployment would replace the unfinished deployment, which has changed "
               "nothing\n";
    const auto target = deployment::target_of(*outcome);
    auto text = fmt::format("an unfinished deployment would be completed first ({}{}):\n",
                            deployment::name_of(*outcome),
                            target ? ", " + target->short_form() : std::string{});
    for (const auto step : steps)
        text += step_text(settings, found, *outcome, edits, step);
    return text + "then:\n";
}

std::string hint_of(const Error& cause) {
    std::string text;
    for (const auto line : lines_of(cause.hint))
        text += fmt::format("        {}\n", printable(line, 600));
    return text;
}

/// Returns the expected outcome of the deployment.
std::string dry_run_outcome(const DeployJob& job, const deploy::DryRun& found) {
    const auto& settings = job.settings;
    const auto& outcome = found.outcome;
    if (std::holds_alternative<Held>(outcome) || std::holds_alternative<Refused>(outcome)) {
        const auto hint = failure_of(outcome, settings.app, job.request.to)->hint;
        return (found.steps.empty()
                    ? "the commit would not be deployed\n"
                    : "the commit would not be deployed; only these steps would run:\n" +
                          steps_of(settings, found)) +
               (hint.empty() ? hint : hint + "\n");
    }
    if (const auto* failed = std::get_if<deployment::Failed>(&outcome);
        failed != nullptr && failed->cause.code == ErrorCode::corrupt)
        return fmt::format(
            "the local repository is damaged: {}\n"
            "the deployment would recreate it first, so its further steps are not known\n",
            printable(failed->cause.message, 600));
    if (const auto* failed = std::get_if<deployment::Failed>(&outcome))
        return fmt::format(
            "the deployment would fail: {}\n{}{}", printable(failed->cause.message, 600),
            hint_of(failed->cause),
            found.steps.empty() ? "" : "it would run these steps:\n" + steps_of(settings, found));
    auto text = std::string{"the deployment would:\n"};
    if (const auto* back = std::get_if<deployment::RolledBack>(&outcome))
        text = fmt::format("the deployment would roll back to {}:\n", back->commit.short_form());
    return text + steps_of(settings, found);
}

std::string text_of(const DeployJob& job, const deploy::DryRun& found) {
    const auto& settings = job.settings;
    std::string text;
    if (found.unfinished) text = completion_of(settings, found);
    if (found.to) {
        text += fmt::format("{}: {} -> {} \"{}\"{}\n", settings.app.text(),
                            found.from ? found.from->short_form() : std::string{"nothing"},
                            found.to->short_form(), printable(found.summary.subject, 60),
                            found.rewritten ? ", the branch was rewritten" : "");
        if (std::holds_alternative<deployment::Unchanged>(found.outcome))
            return text + "nothing to do: the commit is live\n";
        text += fmt::format("commits:\n{}files ({}):\n{}", commits_of(found), found.files.size(),
                            files_of(found));
    }
    if (!found.answers.empty()) text += "gates:\n";
    for (const auto& answer : found.answers)
        text += fmt::format("  {}: {}\n", answer.gate, printable(text_of(answer), 600));
    return text + dry_run_outcome(job, found);
}

}  // namespace

ExitCode dry_run(const DeployJob& job, const Context& context) {
    const auto done = [&]() -> Result<deploy::DryRun> {
        const auto locked = TRY(lock_app(context, job, "inhaul deploy --dry-run"));
        auto working = TRY(wiring::make_worker(job.settings));
        const deploy::Ports ports{*working.repository, *working.service, *locked.ledger,
                                  system_clock(),      *working.hooks,   *working.probe,
                                  working.gates};
        ProgressLine progress;
        return deploy::dry_run(job.settings, job.request, ports, context.places.state,
                               [&](const git::Progress& now) { progress.show(now); });
    }();
    if (!done)
        return report(done.error().within("plan the deployment of " + job.settings.app.text()));
    print(text_of(job, *done));
    const auto fault = failure_of(done->outcome, job.settings.app, job.request.to);
    return fault ? exit_code_for(*fault) : ExitCode::done;
}

}  // namespace inhaul::cli
