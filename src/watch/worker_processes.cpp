// SPDX-License-Identifier: Apache-2.0
#include <inhaul/watch/worker_processes.hpp>

#include <set>

#include <inhaul/state_files.hpp>
#include <inhaul/util/file.hpp>
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
    WorkerProcesses(EventLoop& loop, std::filesystem::path state, std::vector<std::string> command)
        : loop_(loop), state_(std::move(state)), command_(std::move(command)) {}

    void start(const Settings& settings, const CommitId& expected, Trigger trigger,
               const std::string& origin, Ended ended) override {
        std::vector<std::string> words{"--expect", expected.hex()};
        // One word: the relay's text cannot become an option.
        if (!origin.empty()) words.push_back("--origin=" + origin);
        start(settings, trigger, words, std::move(ended));
    }

    void resume(const Settings& settings, Trigger trigger, Ended ended) override {
        start(settings, trigger, {"--resume"}, std::move(ended));
    }

    bool deploying(const AppName& app) override {
        return file::Lock::holder(state_files::app_lock(state_, app)).has_value();
    }

    void end_all() override {
        for (const auto child : running_)
            loop_.end(child);
    }

private:
    void start(const Settings& settings, Trigger trigger, const std::vector<std::string>& words,
               Ended ended) {
        process::Command worker{.argv = command_, .unbounded = true};
        worker.argv.insert(worker.argv.end(), {"--trigger", std::string{to_string(trigger)}});
        worker.argv.insert(worker.argv.end(), words.begin(), words.end());
        worker.argv.push_back(settings.app.text());
        auto child = process::Child::spawn(worker);
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

    static void log_end(const std::string& app, const EventLoop::ChildEnd& end) {
        if (end.deadline_passed)
            log::error("the worker exceeded its deadline and was killed", {{"app", app}});
        else if (end.status.signal != 0)
            log::error("the worker was killed", {{"app", app}, {"how", describe(end.status)}});
    }

    EventLoop& loop_;
    std::filesystem::path state_;
    std::vector<std::string> command_;
    std::set<EventLoop::ChildId> running_;
};

}  // namespace

std::unique_ptr<Workers> worker_processes(EventLoop& loop, std::filesystem::path state,
                                          std::vector<std::string> command) {
    return std::make_unique<WorkerProcesses>(loop, std::move(state), std::move(command));
}

}  // namespace inhaul::watch
