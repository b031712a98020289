#include "deployment.hpp"

#include <fmt/format.h>

#include <inhaul/util/log.hpp>

namespace inhaul::deploy {
namespace {

using namespace deployment;

/// A commit is judged by its own failure only: what this host or the network lacks is tried again.
bool is_judgement(const Error& cause) {
    return (cause.code == ErrorCode::failed || cause.code == ErrorCode::timeout) &&
           !cause.transient;
}

/// Past the switch it is the commit, or the service, that fails.
bool past_the_switch(const State& state) {
    return way_back_of(state) != nullptr || std::holds_alternative<Activating>(state) ||
           std::holds_alternative<Restarting>(state) || std::holds_alternative<Probing>(state);
}

/// What is judged by its failure: also a build that failed beside what is live.
bool judges(const State& state) {
    return past_the_switch(state) || std::holds_alternative<Building>(state);
}

/// Whether a final state settles what to do about the branch's head.
bool settles_head(const State& before, const State& after) {
    if (!is_final(after) || std::holds_alternative<Held>(after)) return false;
    const auto* failed = std::get_if<Failed>(&after);
    return failed == nullptr || (is_judgement(failed->cause) && judges(before));
}

}  // namespace

Deployment::Deployment(const Settings& settings, const Order& order, const Ports& ports,
                       const std::filesystem::path& state_directory,
                       const git::OnProgress& progress, ledger::Record record)
    : settings_(settings),
      order_(order),
      ports_(ports),
      patches_(state_directory / "patches" / settings.app.text()),
      progress_(progress),
      record_(std::move(record)) {}

Result<ledger::Record> Deployment::run() {
    while (!is_final(record_.state)) {
        TRY(enter(transition(record_.state, happened(act()))));
        taken_up_ = false;
    }
    if (std::holds_alternative<Succeeded>(record_.state)) prune();
    return std::move(record_);
}

/// What is live, and what it can be rolled back to, stay. Too many of the others is no failure.
void Deployment::prune() {
    std::vector<CommitId> needed{*target_of(record_.state)};
    if (record_.from) needed.push_back(*record_.from);
    if (const auto pruned = ports_.repository.prune(needed); !pruned)
        log::problem(log::Level::warning, "remove old releases", pruned.error(),
                     {{"app", settings_.app.text()}});
}

Result<ledger::Record> Deployment::resume() {
    ++record_.resumptions;
    log::warning("taking up a deployment whose process died",
                 {{"app", record_.app.text()},
                  {"number", std::to_string(record_.number)},
                  {"state", std::string{name_of(record_.state)}},
                  {"resumptions", std::to_string(record_.resumptions)}});
    const auto live = TRY(ports_.ledger.live(settings_.app));
    auto next = resumed(record_.state, record_.resumptions, live.good);
    // A crash loop judges the commit too: the head that was being dealt with is not tried again.
    if (is_final(next) && !record_.head) record_.head = order_.expected;
    taken_up_ = record_.state.index() == next.index();
    record_.state = std::move(next);
    TRY(ports_.ledger.save(record_, is_final(record_.state) ? record_.head : std::nullopt));
    return run();
}

/// Crash point: the state is durable before anything is done in it.
Result<void> Deployment::enter(State next) {
    const auto* back = way_back_of(next);
    if (back != nullptr && way_back_of(record_.state) == nullptr)
        log::problem(log::Level::error,
                     fmt::format("{} failed, rolling back", back->bad.short_form()), back->cause,
                     {{"app", settings_.app.text()}});
    const auto decided = settles_head(record_.state, next) ? record_.head : std::nullopt;
    record_.state = std::move(next);
    return ports_.ledger.save(record_, decided);
}

Event Deployment::happened(Result<Event> event) {
    if (event) return *std::move(event);
    Faulted fault{std::move(event.error())};
    if (is_judgement(fault.cause)) fault.good = good();
    return fault;
}

/// The last good commit, when its objects are still here.
std::optional<CommitId> Deployment::good() const {
    const auto live = ports_.ledger.live(settings_.app);
    if (!live || !live->good) return std::nullopt;
    return ports_.repository.has(*live->good).value_or(false) ? live->good : std::nullopt;
}

Result<Event> Deployment::act() {
    if (!opened_) TRY(ports_.repository.open());
    opened_ = true;
    return std::visit([this](const auto& state) { return act_on(state); }, record_.state);
}

void Deployment::note(std::string line) {
    log::warning(line, {{"app", settings_.app.text()}});
    record_.notes.push_back(std::move(line));
}

}  // namespace inhaul::deploy
