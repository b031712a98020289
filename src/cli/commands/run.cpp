// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/config/own_units.hpp>
#include <inhaul/service/notify.hpp>
#include <inhaul/state_files.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/memory.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>

#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/console.hpp>
#include <cli/publisher.hpp>
#include <cli/read_settings.hpp>
#include <wiring.hpp>

namespace inhaul::cli {
namespace {

/// How long a running deployment may take after SIGTERM.
constexpr Milliseconds stop_limit{60'000};

/// The wait after settings that could not be applied, for example on a full disk.
constexpr Milliseconds between_applications{10'000};

bool is_over(const std::optional<SteadyPoint>& deadline) {
    return deadline && system_clock().steady() >= *deadline;
}

/// As a unit, the agent keeps running without apps, because `inhaul remove` may remove the last
/// app.
bool is_unit() {
    return file::environment("NOTIFY_SOCKET").has_value();
}

void log_problems(const std::vector<config::Problem>& problems) {
    for (auto problem : problems) {
        // One line, with the hint in it.
        const auto hint = std::exchange(problem.hint, {});
        log::error(with_hint(format(problem), hint));
    }
}

/// `inhaul run` after its preparations.
class Run {
public:
    Run(wiring::AgentObjects& agent, const config::Places& places, config::Loaded loaded)
        : agent_(agent),
          places_(places),
          read_(places.settings),
          publisher_(places, *agent.transport),
          notifier_(service::notifier()) {
        use(std::move(loaded));
    }

    Result<void> until_stopped();

private:
    void use(config::Loaded loaded);
    [[nodiscard]] Result<void> apply();
    void apply_and_log();
    [[nodiscard]] bool stopped() const;
    void on_signal(int number);
    void reload();
    void stop();
    void notify_manager();
    void release_memory();
    [[nodiscard]] std::optional<SteadyPoint> next_wake() const;

    wiring::AgentObjects& agent_;
    const config::Places& places_;
    ReadSettings read_;
    Publisher publisher_;
    std::vector<Settings> apps_ = {};
    AccountSettings account_ = {};
    std::size_t broken_ = 0;
    std::unique_ptr<service::Notifier> notifier_;
    std::optional<SteadyPoint> stop_by_;
    std::optional<SteadyPoint> apply_again_;  ///< after a failure
    SteadyPoint watchdog_due_ = {};
    bool was_busy_ = false;
    bool memory_released_ = false;
};

Result<void> Run::until_stopped() {
    TRY(agent_.loop.catch_signals({SIGTERM, SIGINT, SIGHUP},
                                  [this](int number) { on_signal(number); }));
    TRY(apply());
    notifier_->ready();
    log::info("watching", {{"apps", std::to_string(apps_.size())}});
    while (!stopped()) {
        if (is_over(stop_by_)) agent_.workers->end_all();
        if (is_over(apply_again_)) apply_and_log();
        agent_.relays.tick();
        agent_.watcher.tick();
        agent_.outbox.tick();
        notify_manager();
        release_memory();
        agent_.loop.run_once(next_wake());
    }
    log::info("stopped");
    return {};
}

/// A report that is not sent in time stays in the ledger.
bool Run::stopped() const {
    return stop_by_ && agent_.watcher.idle() && (agent_.outbox.idle() || is_over(stop_by_));
}

void Run::use(config::Loaded loaded) {
    read_.remember(loaded);
    broken_ = loaded.problems.size();
    apps_ = std::move(loaded.apps);
    // Settings with a problem would silence every target, so the agent keeps the earlier settings.
    if (loaded.account) account_ = std::move(*loaded.account);
}

/// Each part applies all settings, or none of them. A part that fails does not prevent the others.
Result<void> Run::apply() {
    publisher_.use(account_, apps_);
    apply_again_ = system_clock().steady() + between_applications;
    const auto watcher = agent_.watcher.set_apps(apps_);
    const auto relays = agent_.relays.set_apps(apps_);
    // The targets of an app whose settings are wrong keep their state.
    const auto outbox = agent_.outbox.set_targets(account_, apps_, broken_ == 0);
    for (const auto* const part : {&watcher, &relays, &outbox})
        if (!*part) return fail(part->error());
    apply_again_.reset();
    for (const auto& settings : apps_)
        if (const auto saved = agent_.ledger->save_settings_read(settings.app, settings.hash);
            !saved)
            log::problem(log::Level::error, "save the hash of the settings", saved.error(),
                         {{"app", settings.app.text()}});
    return {};
}

void Run::on_signal(int number) {
    if (number == SIGHUP) {
        if (!stop_by_) reload();
        return;
    }
    if (stop_by_) return agent_.workers->end_all();  // a second signal
    stop();
}

void Run::reload() {
    notifier_->reloading();
    auto loaded = config::reload(places_.settings, apps_);
    if (loaded.without_files) loaded.problems.clear();
    log_problems(loaded.problems);
    use(std::move(loaded));
    apply_and_log();
    notifier_->ready();
}

void Run::apply_and_log() {
    if (const auto set = apply(); !set)
        log::problem(log::Level::error, "apply the settings", set.error());
    else
        log::info("settings reread",
                  {{"apps", std::to_string(apps_.size())}, {"problems", std::to_string(broken_)}});
}

void Run::stop() {
    notifier_->stopping();
    agent_.relays.stop();
    agent_.watcher.stop();
    agent_.outbox.stop();
    apply_again_.reset();  // it would connect to the relays again
    stop_by_ = system_clock().steady() + stop_limit;
}

void Run::notify_manager() {
    auto line = agent_.watcher.status_line();
    if (broken_ > 0)
        line += fmt::format("; {} {} in the settings: run `{}`", broken_,
                            broken_ == 1 ? "problem" : "problems", inhaul_command("check"));
    if (read_.changed()) line += "; changed settings are not reloaded yet";
    notifier_->status(line);
    publisher_.tick(line);
    const auto interval = notifier_->watchdog_interval();
    const auto now = system_clock().steady();
    if (!interval || now < watchdog_due_) return;
    notifier_->watchdog();
    watchdog_due_ = now + *interval;
}

/// Runs once, after the first poll: the first connection needs memory that later ones do not.
void Run::release_memory() {
    if (memory_released_) return;
    const bool idle = agent_.watcher.idle();
    if (idle && was_busy_) {
        release_startup_memory();
        memory_released_ = true;
    }
    was_busy_ = was_busy_ || !idle;
}

std::optional<SteadyPoint> Run::next_wake() const {
    auto wake = agent_.watcher.next_wake();
    const auto consider = [&](SteadyPoint at) { wake = wake ? std::min(*wake, at) : at; };
    if (const auto relays = agent_.relays.next_wake()) consider(*relays);
    if (const auto outbox = agent_.outbox.next_wake()) consider(*outbox);
    if (notifier_->watchdog_interval()) consider(watchdog_due_);
    if (apply_again_) consider(*apply_again_);
    if (stop_by_) consider(std::max(*stop_by_, system_clock().steady() + Milliseconds{100}));
    return wake;
}

/// The lock of the agent is held, or cannot be opened.
Error not_started(Error lock, const config::Places& places) {
    if (lock.code != ErrorCode::locked) return lock.within("start the agent");
    const auto units = config::OwnUnits::for_settings(places.settings);
    lock.hint = "To show the other agent, run: " + units.command("status", units.agent());
    return lock.within("start the agent: another agent already runs");
}

}  // namespace

ExitCode run(const GlobalOptions& global) {
    auto found = context(global);
    if (!found) return report(found.error());
    auto& loaded = found->loaded;
    std::error_code ignored;
    const bool idle = loaded.without_files &&
                      (is_unit() || std::filesystem::is_directory(found->places.settings, ignored));
    if (idle) loaded.problems.clear();
    print_problems(loaded.problems);
    if (loaded.apps.empty() && !idle) return ExitCode::configuration;
    const auto& places = found->places;
    if (const auto made = make_state(places); !made) return report(made.error());
    const auto who = fmt::format("inhaul run, process {}", ::getpid());
    const auto lock = file::Lock::acquire(state_files::agent_lock(places.state), who);
    if (!lock) return report(not_started(lock.error(), places));

    auto agent = wiring::make_agent(places);
    if (!agent) return report(agent.error());
    const auto ended = Run{**agent, places, std::move(found->loaded)}.until_stopped();
    return ended ? ExitCode::done : report(ended.error());
}

}  // namespace inhaul::cli
