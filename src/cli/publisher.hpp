// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <inhaul/config/config.hpp>
#include <inhaul/publish/overview.hpp>
#include <inhaul/report/outbox.hpp>

#include <cli/context.hpp>
#include <cli/output/app_facts.hpp>

namespace inhaul::cli {

/// Returns true if the account publishes anything.
[[nodiscard]] bool publishes(const AccountSettings& account);

/// Publishes the state of the account's apps. Writes the metrics for the node exporter, and the
/// page with its JSON and badges. Sends the metrics to a collector of OpenTelemetry. Does nothing
/// without a setting for it.
class Publisher {
public:
    /// `transport` must live longer.
    Publisher(const config::Places& places, report::Transport& transport)
        : places_(places), transport_(transport) {}

    void use(const AccountSettings& account, const std::vector<Settings>& apps);
    /// Call whenever the agent is awake: it never wakes for this. Writes if `state` differs from
    /// the last one, and otherwise at most once a minute. A failure is logged once.
    void tick(const std::string& state);
    void write();
    /// Returns true if nothing is being sent.
    [[nodiscard]] bool idle() const { return !sending_; }

private:
    [[nodiscard]] bool has_work() const { return publishes(account_); }
    [[nodiscard]] Result<void> write_all();
    [[nodiscard]] Result<void> write_page(const std::vector<AppFacts>& facts,
                                          const publish::Overview& overview);
    void send(const publish::Overview& overview);
    void log_result(const Result<void>& written);

    const config::Places& places_;
    report::Transport& transport_;
    SteadyPoint send_due_ = {};
    bool sending_ = false;
    std::string refusal_;  ///< of the collector, at the last attempt
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    AccountSettings account_;
    std::vector<Settings> apps_;
    std::string state_;  ///< at the last write
    SteadyPoint due_ = {};
    std::string content_;  ///< of the page, as publish::content_of()
    SteadyPoint page_due_ = {};
    std::string failure_;  ///< of the last write
};

/// Publishes once, for a command that runs without the agent.
void publish_once(const Context& context);

}  // namespace inhaul::cli
