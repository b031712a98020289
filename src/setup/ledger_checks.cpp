// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/config/own_units.hpp>
#include <inhaul/setup/doctor.hpp>
#include <inhaul/setup/schedule.hpp>
#include <inhaul/state_files.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>

#include "findings.hpp"

namespace inhaul::setup {
namespace {

using config::OwnUnits;

void check_restrictions(const ledger::Restrictions& restrictions,
                        const ledger::PollState& poll_state, const std::string& app,
                        Findings& found) {
    if (const auto& pause = restrictions.pause)
        found.push_back(
            bad("pause",
                fmt::format("paused by {} on {}{}", pause->by.who, format_local(pause->since),
                            pause->by.why.empty() ? "" : ": " + printable(pause->by.why)),
                "Run: " + inhaul_command(fmt::format("resume {}", app))));
    if (const auto& pin = restrictions.pin)
        found.push_back(bad("pin", "pinned to " + pin->commit.short_form(),
                            "Run: " + inhaul_command(fmt::format("unpin {}", app))));
    // The hold of an earlier head stays until the next deployment.
    if (const auto& hold = restrictions.hold; hold && ledger::due(poll_state))
        found.push_back(bad("gate", fmt::format("{}: {}", hold->gate, hold->reason),
                            "Run: " + inhaul_command(fmt::format("deploy {} --force", app))));
    // The quarantine of an earlier head no longer blocks anything.
    const auto* const bad_head =
        poll_state.head ? restrictions.quarantined(*poll_state.head) : nullptr;
    if (bad_head == nullptr) return;
    found.push_back(bad("quarantine",
                        fmt::format("{} failed on {}: {}", bad_head->commit.short_form(),
                                    format_local(bad_head->since), printable(bad_head->cause)),
                        "Push a fix, or run: " + inhaul_command(fmt::format("retry {}", app))));
}

void check_watch(const ledger::PollState& poll_state, TimePoint now, Findings& found) {
    if (poll_state.poll_error) {
        found.push_back(
            bad("last answer", poll_state.poll_error->message, poll_state.poll_error->hint));
        return;
    }
    if (!poll_state.answered) {
        found.push_back(skipped("last answer", "the branch has not been polled yet"));
        return;
    }
    auto message = format_age(now - *poll_state.answered) + " ago";
    if (poll_state.method) message += ", " + describe(*poll_state.method, poll_state.session_since);
    found.push_back(good("last answer", std::move(message)));
}

std::string in_words(const ledger::Record& record) {
    auto text = ledger::has_number(record) ? fmt::format("{}: ", record.number) : std::string{};
    text += deployment::name_of(record.state);
    if (const auto* failed = std::get_if<deployment::Failed>(&record.state))
        text += ": " + failed->cause.message;
    return text;
}

/// `ended_badly` is the deployment because of which the head is not live. `resumption`: of a
/// deployment whose process died.
void check_last(const ledger::Record& last, const ledger::Record* ended_badly,
                const std::optional<std::string>& resumption, Findings& found) {
    if (ended_badly != nullptr)
        found.push_back(bad("last deployment", in_words(*ended_badly),
                            "Run: " + inhaul_command(fmt::format("show {}", ended_badly->number))));
    else if (resumption)
        found.push_back(bad("last deployment", in_words(last) + ", but its process died",
                            fmt::format("{} To resume it now, run: {}", *resumption,
                                        inhaul_command("deploy " + last.app.text()))));
    else if (!last.finished || std::holds_alternative<deployment::Succeeded>(last.state))
        found.push_back(good("last deployment", in_words(last)));
    else
        found.push_back(
            skipped("last deployment", in_words(last) + "; the live commit stays live"));
}

void check_reload(const Subject& subject, const ledger::PollState& poll_state, Findings& found) {
    const auto& settings = subject.settings;
    if (ledger::has_read(poll_state, settings.hash)) return;
    auto why = not_reloaded(settings.file, unit_changed(settings.file, subject.state));
    found.push_back(bad("reload", std::move(why.cause), "Run: " + why.command));
}

Finding finding_of(const std::string& target, const ledger::TargetState& state, TimePoint now) {
    const auto what = "notify " + target;
    if (!state.error.empty())
        return bad(what,
                   state.error_since
                       ? fmt::format("failing for {}: {}", format_age(now - *state.error_since),
                                     state.error)
                       : state.error,
                   "Run: " + inhaul_command("notify --test " + target));
    if (!state.sent) return skipped(what, "nothing was sent yet");
    return good(what, fmt::format("last message sent {} ago", format_age(now - *state.sent)));
}

std::optional<Schedule> schedule_for(const Subject& subject) {
    ledger::ScheduledRun run;
    std::optional<TimePoint> polled;
    if (subject.ledger && *subject.ledger != nullptr) {
        const auto& app = subject.settings.app;
        run = subject.ledger->get()->scheduled_run(app).value_or(run);
        polled = subject.ledger->get()->poll_state(app).value_or(ledger::PollState{}).polled;
    }
    return schedule_of(run, polled, subject.timer, subject.clock.now());
}

Result<Findings> all_of(const Subject& subject) {
    const auto& app = subject.settings.app;
    (void)TRY(guard::open_nearest(subject.state, ::geteuid()));
    if (!subject.ledger) return fail(subject.ledger.error());
    const auto& ledger = *subject.ledger;
    if (ledger == nullptr) return Findings{skipped("ledger", "nothing has been deployed yet")};
    Findings found{good("ledger", subject.state.string())};
    const auto poll_state = TRY(ledger->poll_state(app));
    const auto live = TRY(ledger->live(app));
    if (subject.watched) check_reload(subject, poll_state, found);
    check_watch(poll_state, subject.clock.now(), found);
    check_restrictions(TRY(ledger->restrictions(app)), poll_state, app.text(), found);
    constexpr std::size_t enough = 50;
    // The order matters: a deployment may end between the two reads.
    const bool deploying = subject.deploying();
    const auto newest = TRY(ledger->history(app, enough));
    if (!newest.empty()) {
        const bool died = !newest.front().finished && !deploying && !subject.deploying();
        check_last(
            newest.front(), ledger::ended_badly(newest, poll_state, live),
            died ? std::optional{resumption(newest.front(), subject.watched, schedule_for(subject))}
                 : std::nullopt,
            found);
    }
    for (const auto& target : subject.targets)
        found.push_back(finding_of(target,
                                   TRY(ledger->target(target)).value_or(ledger::TargetState{}),
                                   subject.clock.now()));
    if (live.switch_incomplete)
        found.push_back(bad("switch", "the last switch was interrupted",
                            "Run: " + inhaul_command(fmt::format("deploy {}", app.text()))));
    return found;
}

OwnUnits units_for(const std::filesystem::path& settings_file) {
    return OwnUnits::for_settings(settings_file.parent_path());
}

std::string start_of_timer(const std::filesystem::path& settings_file) {
    const auto units = units_for(settings_file);
    return units.command("enable --now", units.timer());
}

Finding by_schedule(const Schedule& schedule, const Subject& subject) {
    const auto message = sentence_of(schedule, subject.clock.now());
    if (!schedule.late) return good("agent", message);
    return bad(
        "agent", message,
        schedule.by == ledger::Scheduler::timer
            ? "Run: " + start_of_timer(subject.settings.file)
            : "Restore the entry in the crontab, or run: " + start_of_agent(subject.settings.file));
}

/// The timer's unit needs the agent's permissions, which `init` gives it.
std::string set_up_of_timer(const Settings& settings) {
    return settings.of_system ? init_command(settings.directory, {"--timer"})
                              : start_of_timer(settings.file);
}

Finding agent_of(const Subject& subject) {
    if (subject.watched) return good("agent", "running");
    if (const auto schedule = schedule_for(subject)) return by_schedule(*schedule, subject);
    return bad(
        "agent", "not running for this account: nothing is deployed automatically",
        fmt::format("Run: {}\nOr, for a timer, run: {}", start_of_agent(subject.settings.file),
                    set_up_of_timer(subject.settings)));
}

std::string command_for_agent(std::string_view verb, const std::filesystem::path& settings_file) {
    const auto units = units_for(settings_file);
    return units.command(verb, units.agent());
}

}  // namespace

std::string start_of_agent(const std::filesystem::path& settings) {
    return command_for_agent("enable --now", settings);
}
bool unit_changed(const std::filesystem::path& settings, const std::filesystem::path& state,
                  const std::filesystem::path& etc) {
    const auto file = OwnUnits::drop_in(etc, units_for(settings).agent(), settings.stem().string());
    struct ::stat drop_in {};
    struct ::stat lock {};  // the agent writes it once, when it starts
    return ::stat(file.c_str(), &drop_in) == 0 &&
           ::stat(state_files::agent_lock(state).c_str(), &lock) == 0 &&
           std::pair{lock.st_mtim.tv_sec, lock.st_mtim.tv_nsec} <
               std::pair{drop_in.st_mtim.tv_sec, drop_in.st_mtim.tv_nsec};
}

NotReloaded not_reloaded(const std::filesystem::path& settings, bool unit_changed) {
    if (unit_changed)
        return {"the agent's unit changed after the agent started",
                fmt::format("{} && {}", units_for(settings).command("daemon-reload"),
                            command_for_agent("restart", settings))};
    return {fmt::format("the settings are not reloaded yet: {} changed after the agent read it",
                        settings.string()),
            command_for_agent("reload", settings)};
}

std::string edit_of_agent(const std::filesystem::path& settings) {
    return command_for_agent("edit", settings);
}

Findings check_ledger(const Subject& subject) {
    Findings found;
    found.push_back(agent_of(subject));
    auto known = all_of(subject);
    if (!known) {
        found.push_back(bad("ledger", known.error()));
        return found;
    }
    found.insert(found.end(), known->begin(), known->end());
    return found;
}

}  // namespace inhaul::setup
