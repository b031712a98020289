// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/account_settings.hpp>
#include <inhaul/ledger/ledger.hpp>
#include <inhaul/report/message.hpp>
#include <inhaul/report/transport.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>

namespace inhaul::report {

/// The repository to which an app's deployments are reported.
struct GitHubTarget {
    GitHubRepository repository;
    GitHubReport report;  ///< with a token_file
};

/// A target, and the name of its state in the ledger. The name is `ops`, or `shop/ops` for a target
/// of the app shop alone. For `[report]` of this app it is `shop/report.github`.
struct NamedTarget {
    std::string name;
    NotifyTarget target;
    std::optional<AppName> app = {};
    std::optional<GitHubTarget> github = {};
};
[[nodiscard]] std::vector<NamedTarget> targets_of(const AccountSettings& account,
                                                  const std::vector<Settings>& apps);

/// Adds the targets that the ledger does not know: they start with the next report.
[[nodiscard]] Result<void> add_targets(ledger::ReportStore& reports, const AccountSettings& account,
                                       const std::vector<Settings>& apps);

/// Sends the ledger's reports to the targets of one account. Sends to all targets at the same time,
/// and to each target one report after the other. A target that does not work delays no other
/// target and no deployment. The caller drives it like watch::Relays.
class Outbox {
public:
    struct Ports {
        Transport& transport;
        ledger::ReportStore& reports;
        ledger::DeploymentStore& deployments;
        const Clock& clock;
    };
    /// `lock`: a file that only one process of the account holds while it sends.
    Outbox(Ports ports, Origin origin, std::filesystem::path lock, std::uint64_t seed);
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    /// Replaces the targets. A new target starts with the next report. `all`: the state of other
    /// targets is deleted.
    [[nodiscard]] Result<void> set_targets(const AccountSettings& account,
                                           const std::vector<Settings>& apps, bool all);

    /// A worker deploys the app, or has ended. While it runs, the ledger is read each second if a
    /// target subscribes to `started`.
    void deploys(const AppName& app, bool begins);
    /// The app was polled. `answered`: the poll succeeded.
    void polled(const AppName& app, bool answered);

    /// Sends the reports that are due.
    void tick();
    /// Returns when to call tick() next, unless an event comes first. Empty if nothing is to send.
    [[nodiscard]] std::optional<SteadyPoint> next_wake() const;
    /// Starts no more attempts.
    void stop();
    /// Returns true if no attempt is running.
    [[nodiscard]] bool idle() const;
    /// Returns true if nothing can be sent now: all is sent, waits for its next attempt, or another
    /// process sends.
    [[nodiscard]] bool drained() const;

private:
    struct State;
    std::unique_ptr<State> state_;
    bool look_ = true;
};

/// The result of a test message.
struct TestResult {
    bool sent = false;
    std::string message;  ///< the answer from the target
};
/// Sends one test message. Calls `done` once. A ping reports that all is well.
void send_test(Transport& transport, const NamedTarget& target, const Origin& origin,
               const std::string& id, const Clock& clock, std::function<void(TestResult)> done);

/// Sends metrics in the JSON of OTLP to the collector of a target `otlp`. Calls `done` once. A lost
/// sample need not be repeated: the next one has the same counters.
void send_metrics(Transport& transport, const NotifyTarget& target, std::string metrics,
                  const Clock& clock, std::function<void(TestResult)> done);

}  // namespace inhaul::report
