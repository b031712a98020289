// SPDX-License-Identifier: Apache-2.0
#include <inhaul/watch/worker_processes.hpp>

#include <set>

#include <inhaul/util/log.hpp>

namespace inhaul::watch {
namespace {

/// The time between the worker's own deadline and the watcher's signal: the worker's own alarm logs
/// a clearer reason.
constexpr Milliseconds spare{2'000};

ExitCode exit_code_of(const EventLoop::ChildEnd& end) {
    if (end.deadline_passed || end.status.signal != 0) return ExitCode::try_later;
    return static_cast<ExitCode>(end.status.code);
}

class WorkerProcesses final : public Workers {
public:
    WorkerProcesses(EventLoop& loop, std::vector<std::string> command)
        : loop_(loop), command_(std::move(command)) {}

    void start(const Settings& settings, const CommitId& expected, Trigger trigger,
               const std::string& origin, Ended ended) override {
        auto child = process::Child::spawn(
            {.argv = argv(settings.app, expected, trigger, origin), .unbounded = true});
        if (!child) {
            log::problem(log::Level::error, "start a worker", child.error(),
                         {{"app", settings.app.text()}});
            return ended(ExitCode::try_later);
        }
        const auto slot = std::make_shared<EventLoop::ChildId>();
        *slot = loop_.watch(std::move(*child), {.deadline = settings.deploy_deadline + spare},
                            [this, slot, name = settings.app.text(),
                             ended = std::move(ended)](const EventLoop::ChildEnd& end) {
                                running_.erase(*slot);
                                log_end(name, end);
                                ended(exit_code_of(end));
                            });
        running_.insert(*slot);
    }

    void end_all() override {
        for (const auto child : running_)
            loop_.end(child);
    }

private:
    [[nodiscard]] std::vector<std::string> argv(const AppName& app, const CommitId& expected,
                                                Trigger trigger, const std::string& origin) const {
        auto words = command_;
        // One word: the relay's text cannot become an option.
        if (!origin.empty()) words.push_back("--origin=" + origin);
        for (const auto& word : {std::string{"--trigger"}, std::string{to_string(trigger)},
                                 std::string{"--expect"}, expected.hex(), app.text()})
            words.push_back(word);
        return words;
    }

    static void log_end(const std::string& app, const EventLoop::ChildEnd& end) {
        if (end.deadline_passed)
            log::error("the worker exceeded its deadline and was killed", {{"app", app}});
        else if (end.status.signal != 0)
            log::error("the worker was killed", {{"app", app}, {"how", describe(end.status)}});
    }

    EventLoop& loop_;
    std::vector<std::string> command_;
    std::set<EventLoop::ChildId> running_;
};

}  // namespace

std::unique_ptr<Workers> worker_processes(EventLoop& loop, std::vector<std::string> command) {
    return std::make_unique<WorkerProcesses>(loop, std::move(command));
}

}  // namespace inhaul::watch
