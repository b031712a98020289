// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <inhaul/config/config.hpp>
#include <inhaul/deploy/deployer.hpp>
#include <inhaul/forge/forge.hpp>
#include <inhaul/git_heads.hpp>
#include <inhaul/report/outbox.hpp>
#include <inhaul/service/notify.hpp>
#include <inhaul/setup/doctor.hpp>
#include <inhaul/util/event_loop.hpp>
#include <inhaul/watch/relays.hpp>
#include <inhaul/watch/watcher.hpp>

/// Chooses the class of each port. Only this file knows the classes.
namespace inhaul::wiring {

/// The objects of the agent. It owns them, and destroys them in the reverse order.
struct AgentObjects {
    AgentObjects(std::unique_ptr<ledger::Ledger> opened, const config::Places& places,
                 const std::filesystem::path& executable);

    std::unique_ptr<ledger::Ledger> ledger;
    http::Client client;
    EventLoop loop;
    std::unique_ptr<forge::Forge> github;
    std::unique_ptr<GitHeads> git_heads;
    std::unique_ptr<forge::Forge> git_remote;
    std::unique_ptr<forge::Forge> forge;
    std::unique_ptr<watch::Workers> workers;
    watch::Watcher watcher;
    std::unique_ptr<watch::Streams> streams;
    watch::Relays relays;
    std::unique_ptr<report::Transport> transport;
    report::Outbox outbox;
};
[[nodiscard]] Result<std::unique_ptr<AgentObjects>> make_agent(const config::Places& places);

/// The objects that send one message. It owns them.
struct SenderObjects {
    SenderObjects(const config::Places& places, const std::filesystem::path& executable);

    http::Client client;
    EventLoop loop;
    std::unique_ptr<report::Transport> transport;
};
[[nodiscard]] Result<std::unique_ptr<SenderObjects>> make_sender(const config::Places& places);

/// Sends the notifications that are due, for at most `time`, in a process that watches nothing.
[[nodiscard]] Result<void> send_due(ledger::Ledger& ledger, const config::Places& places,
                                    const AccountSettings& account,
                                    const std::vector<Settings>& apps, Milliseconds time);
/// Sends the notifications that are due, for at most `time`. The rest waits for the next run.
void send_for(EventLoop& loop, report::Outbox& outbox, Milliseconds time);
/// Returns the host and the account, for messages.
[[nodiscard]] report::Origin this_origin();

/// The objects of one worker process. It owns them.
struct WorkerObjects {
    std::unique_ptr<git::Repository> repository;
    std::unique_ptr<service::Service> service;
    std::unique_ptr<deploy::Hooks> hooks;
    std::unique_ptr<deploy::Probe> probe;
    deploy::Gates gates;
};
[[nodiscard]] Result<WorkerObjects> make_worker(const Settings& settings);

/// Runs the checks of `inhaul doctor` for one app.
void examine(const Settings& settings, const AccountSettings& account, const config::Places& places,
             bool watched, bool timer, const std::function<bool()>& deploying,
             const std::function<void(setup::Finding)>& tell);

/// Returns the branch's head over the git protocol.
[[nodiscard]] Result<CommitId> remote_head(const Settings& settings);

/// Sends log events with their fields to the journal if standard error is connected to it.
void log_to_journal();

}  // namespace inhaul::wiring
