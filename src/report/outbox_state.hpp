// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include <inhaul/report/outbox.hpp>
#include <inhaul/util/backoff.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/secret_files.hpp>

#include "attempt.hpp"
#include "github.hpp"

/// The state that an outbox keeps between events.
namespace inhaul::report {

/// Chats accept one message a second.
constexpr Milliseconds between_messages{1'000};

/// A target, and the facts that this process knows about it.
struct TargetQueue {
    NamedTarget named;
    bool pending = true;  ///< there may be reports for it
    bool in_flight = false;
    SteadyPoint wake = {};  ///< not before
    bool failing = false;   ///< the log has the failure
    std::optional<SteadyPoint> last_ping = {};
    std::optional<std::int64_t> repository_id = {};  ///< GitHub's number, after a rename

    /// GitHub counts the requests of a token, whichever app they are about. Empty without a limit
    /// that queues share.
    [[nodiscard]] std::string budget() const {
        if (!named.github) return {};
        return named.github->repository.api + " " + named.target.token_file.value_or("").string();
    }
    [[nodiscard]] bool is_ping() const { return named.target.type == NotifyTarget::Type::ping; }
};

struct Outbox::State {
    State(Ports all_ports, Origin at, std::filesystem::path lock_file, std::uint64_t seed)
        : ports(all_ports),
          origin(std::move(at)),
          lock_path(std::move(lock_file)),
          jitter(seed),
          alive(std::make_shared<bool>(true)) {}

    bool take_lock();
    void send_next(TargetQueue& queue);
    Result<void> try_next(TargetQueue& queue);
    [[nodiscard]] bool is_gone(const TargetQueue& queue, const ledger::TargetState& state);
    Result<void> begin(TargetQueue& queue, const ledger::Report& report, ledger::TargetState state);
    void ended(const std::string& name, const ledger::Report& report, ledger::TargetState state,
               const DeliveryResult& result);
    Result<void> begin_at_github(TargetQueue& queue, const ledger::Report& report,
                                 ledger::TargetState state);
    void github_answered(const std::string& name, const ledger::Report& report,
                         ledger::TargetState state, const GitHubStep& step,
                         forge::ReportAnswer answer);
    /// Returns when the queue may send; nothing if it has nothing to send, or waits for an answer.
    [[nodiscard]] std::optional<SteadyPoint> wake_of(const TargetQueue& queue) const;
    void share_limit(const TargetQueue& limited, TimePoint until);
    void log_end(TargetQueue& queue, const DeliveryResult& result, const std::string& where);
    void check_silence(const AppName& app);
    void ping(TargetQueue& queue);
    [[nodiscard]] std::string open_faults(const TargetQueue& queue);
    void note_problem(const Error& error);
    [[nodiscard]] bool has_events() const {
        return std::any_of(queues.begin(), queues.end(),
                           [](const auto& each) { return !each.second.is_ping(); });
    }

    Ports ports;
    Origin origin;
    std::filesystem::path lock_path;
    Jitter jitter;
    std::shared_ptr<bool> alive;
    SecretFiles files;
    std::map<std::string, TargetQueue> queues;
    std::map<std::string, SteadyPoint> budgets;  ///< of TargetQueue::budget(): not before
    std::vector<AppName> apps;
    Milliseconds silent_after{};
    std::map<AppName, SteadyPoint> silence_due;
    std::set<AppName> deploying;
    SteadyPoint next_look = {};
    bool wants_starts = false;  ///< a target does
    std::optional<file::Lock> lock;
    SteadyPoint lock_retry = {};
    bool lock_busy = false;
    ledger::ReportNumber newest = -1;
    std::size_t running = 0;  ///< attempts, with pings
    bool stopping = false;
    bool ledger_failing = false;
};

}  // namespace inhaul::report
