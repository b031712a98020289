#include <inhaul/deploy/deployer.hpp>

#include <fmt/format.h>

#include <inhaul/util/log.hpp>

namespace inhaul::deploy {
namespace {

using namespace deployment;

/// Whether a final state settles what to do about the branch's head. A commit is judged by its own
/// success or failure only: what this host or the network lacks is tried again.
bool settles_head(const State& before, const State& after) {
    if (!is_final(after)) return false;
    const auto* failed = std::get_if<Failed>(&after);
    if (failed == nullptr) return true;
    const bool judged =
        failed->cause.code == ErrorCode::failed || failed->cause.code == ErrorCode::timeout;
    return judged && !failed->cause.transient &&
           (std::holds_alternative<Restarting>(before) || std::holds_alternative<Probing>(before));
}

/// Carries one recorded deployment to a final state.
class Deployment {
public:
    Deployment(const Settings& settings, const Order& order, Ports ports,
               const std::filesystem::path& state_directory, const git::OnProgress& progress,
               ledger::Record record)
        : settings_(settings),
          order_(order),
          ports_(ports),
          patches_(state_directory / "patches" / settings.app.text()),
          progress_(progress),
          record_(std::move(record)) {}

    Result<ledger::Record> run();
    Result<ledger::Record> resume();

private:
    Result<void> enter(State next);
    Result<Event> act();
    Result<Event> act_on(const Planned& state);
    Result<Event> act_on(const Fetching& state);
    Result<Event> act_on(const Checking& state);
    Result<Event> act_on(const Switching& state);
    Result<Event> act_on(const Restarting& state);
    Result<Event> act_on(const Probing& state);
    template <class Final>
    Result<Event> act_on(const Final& /*state*/) {
        return fail(ErrorCode::internal, "acted on a final state");
    }

    Result<CommitId> find_target();
    Result<void> refuse_foreign(const CommitId& target);
    Result<void> refuse_lagging(const CommitId& head);
    Result<bool> restart_needed(const CommitId& target, const ledger::Live& live,
                                const git::Comparison& comparison);
    Result<void> save_edits(const CommitId& target);
    void note(std::string line);

    const Settings& settings_;
    const Order& order_;
    Ports ports_;
    std::filesystem::path patches_;
    const git::OnProgress& progress_;
    ledger::Record record_;
    bool opened_ = false;
    bool taken_up_ = false;  ///< the state being acted on was found, not entered
};

Result<ledger::Record> Deployment::run() {
    while (!is_final(record_.state)) {
        auto event = act();
        TRY(enter(transition(record_.state, event ? *event : Event{Faulted{event.error()}})));
        taken_up_ = false;
    }
    return std::move(record_);
}

Result<ledger::Record> Deployment::resume() {
    ++record_.resumptions;
    log::warning("taking up a deployment whose process died",
                 {{"app", record_.app.text()},
                  {"number", std::to_string(record_.number)},
                  {"state", std::string{name_of(record_.state)}},
                  {"resumptions", std::to_string(record_.resumptions)}});
    auto next = resumed(record_.state, record_.resumptions);
    // A crash loop judges the commit too: the head that was being dealt with is not tried again.
    if (is_final(next) && !record_.head) record_.head = order_.expected;
    const bool given_up = is_final(next);
    record_.state = std::move(next);
    TRY(ports_.ledger.save(record_, given_up ? record_.head : std::nullopt));
    taken_up_ = true;
    return run();
}

/// Crash point: the state is durable before anything is done in it.
Result<void> Deployment::enter(State next) {
    const auto decided = settles_head(record_.state, next) ? record_.head : std::nullopt;
    record_.state = std::move(next);
    return ports_.ledger.save(record_, decided);
}

Result<Event> Deployment::act() {
    if (!opened_) TRY(ports_.repository.open());
    opened_ = true;
    return std::visit([this](const auto& state) { return act_on(state); }, record_.state);
}

Result<Event> Deployment::act_on(const Planned& /*state*/) {
    return Begun{};
}

Result<Event> Deployment::act_on(const Fetching& /*state*/) {
    auto target = TRY(find_target());
    TRY(refuse_foreign(target));
    record_.to = target;
    record_.summary = TRY(ports_.repository.summary(target));
    return Fetched{std::move(target)};
}

Result<CommitId> Deployment::find_target() {
    record_.head.reset();
    if (order_.to) {
        // What is here needs no network: going back must work while the remote does not.
        if (auto known = ports_.repository.resolve(*order_.to)) return known;
        (void)TRY(ports_.repository.fetch(progress_, std::nullopt));
        return ports_.repository.resolve(*order_.to);
    }
    auto head = TRY(ports_.repository.fetch(progress_, order_.expected));
    TRY(refuse_lagging(head));
    record_.head = head;
    return head;
}

/// GitHub's API may know a push before its git servers do.
Result<void> Deployment::refuse_lagging(const CommitId& head) {
    if (!order_.expected || *order_.expected == head) return {};
    if (TRY(ports_.repository.has(*order_.expected))) return {};
    const auto live = TRY(ports_.ledger.live(settings_.app));
    if (live.tree != head) return {};
    return fail(ErrorCode::network,
                fmt::format("fetch {}: the git server does not have {} yet", settings_.git_url,
                            order_.expected->short_form()),
                {}, true);
}

/// A directory that inhaul has never deployed to must be a checkout of this very history.
Result<void> Deployment::refuse_foreign(const CommitId& target) {
    if (TRY(ports_.ledger.live(settings_.app)).tree) return {};
    const auto head = TRY(ports_.repository.head());
    if (!head || TRY(ports_.repository.related(*head, target))) return {};
    return fail(ErrorCode::refused,
                fmt::format("{} is a checkout of something else: its commit {} has no history in "
                            "common with {}",
                            settings_.directory.string(), head->short_form(), settings_.repository),
                "Give another `directory`, or move this one aside.");
}

Result<Event> Deployment::act_on(const Checking& state) {
    const auto live = TRY(ports_.ledger.live(settings_.app));
    const auto comparison = TRY(ports_.repository.compare(state.target));
    Compared compared;
    compared.switch_needed = live.torn || !comparison.tree_is_target || !comparison.head_is_target;
    if (!compared.switch_needed && !live.tree) {
        // Met for the first time, and already what it should be: nothing changed, nothing restarts.
        TRY(ports_.ledger.adopt(settings_.app, state.target));
        compared.restart_needed = false;
        return compared;
    }
    compared.restart_needed = TRY(restart_needed(state.target, live, comparison));
    if (compared.switch_needed && !live.torn) TRY(save_edits(state.target));
    if (!compared.switch_needed && compared.restart_needed)
        compared.invocation = TRY(ports_.service.invocation());
    return compared;
}

Result<bool> Deployment::restart_needed(const CommitId& target, const ledger::Live& live,
                                        const git::Comparison& comparison) {
    if (!ports_.service.restartable()) return false;
    if (!live.restarted || live.torn || comparison.edited > 0) return true;
    // Somebody moved the tree by other means: what the service runs is not known.
    if (TRY(ports_.repository.head()) != live.tree) return true;
    return !TRY(ports_.repository.same_tree(*live.restarted, target));
}

Result<void> Deployment::save_edits(const CommitId& target) {
    for (auto& line :
         TRY_WITHIN("save local edits", ports_.repository.save_local_edits(target, patches_)))
        note(std::move(line));
    return {};
}

void Deployment::note(std::string line) {
    log::warning(line, {{"app", settings_.app.text()}});
    record_.notes.push_back(std::move(line));
}

Result<Event> Deployment::act_on(const Switching& state) {
    TRY_WITHIN(fmt::format("switch to {}", state.target.short_form()),
               ports_.repository.switch_to(state.target));
    if (settings_.stamp) {
        const bool written = TRY_WITHIN(
            "write the stamp",
            ports_.repository.write_stamp(*settings_.stamp, state.target, ports_.clock.now()));
        if (!written)
            note(fmt::format("no stamp written: the commit has a file {} itself",
                             settings_.stamp->string()));
    }
    if (!state.restart) return Switched{};
    return Switched{TRY(ports_.service.invocation())};
}

Result<Event> Deployment::act_on(const Restarting& state) {
    if (taken_up_) {
        // Whoever started the service since the switch, us or a reboot, started the new tree.
        auto now = TRY(ports_.service.invocation());
        if (!now.empty() && now != state.invocation_before) return Restarted{std::move(now)};
    }
    TRY(ports_.service.restart());
    return Restarted{TRY(ports_.service.invocation())};
}

Result<Event> Deployment::act_on(const Probing& state) {
    TRY(ports_.service.settle(taken_up_ ? std::string{} : state.invocation));
    return Healthy{};
}

bool failed(const ledger::Record& record) {
    return std::holds_alternative<Failed>(record.state);
}

/// What was found unfinished already is what is asked for, or failed in a way that a new attempt of
/// the same would repeat.
bool answers(const ledger::Record& finished, const Order& order) {
    if (order.trigger == Trigger::hand) return false;
    if (failed(finished)) return true;
    return order.expected && finished.to == order.expected;
}

}  // namespace

Result<Report> run(const Settings& settings, const Order& order, Ports ports,
                   const std::filesystem::path& state_directory, const git::OnProgress& progress) {
    const auto carry = [&](ledger::Record record) {
        return Deployment{settings, order, ports, state_directory, progress, std::move(record)};
    };
    std::optional<ledger::Record> resumed;
    if (auto found = TRY(ports.ledger.unfinished(settings.app))) {
        auto finished = TRY(carry(std::move(*found)).resume());
        if (answers(finished, order)) return Report{std::move(finished), std::nullopt};
        resumed = std::move(finished);
    }
    auto planned = TRY(ports.ledger.begin(settings.app, order.trigger));
    return Report{TRY(carry(std::move(planned)).run()), std::move(resumed)};
}

}  // namespace inhaul::deploy
