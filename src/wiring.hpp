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

/// Which concrete class stands behind which port: known here and nowhere else.
namespace inhaul::wiring {

/// Everything that make_agent needs, in the order in which it is made and the reverse in which it
/// ends.
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

/// Everything that make_sender a message needs.
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
/// Sends what is due, for at most this time. The rest waits for the next run.
void send_for(EventLoop& loop, report::Outbox& outbox, Milliseconds time);
/// The host and the account, for messages.
[[nodiscard]] report::Origin this_origin();

/// What one worker acts on.
struct WorkerObjects {
    std::unique_ptr<git::Repository> repository;
    std::unique_ptr<service::Service> service;
    std::unique_ptr<deploy::Hooks> hooks;
    std::unique_ptr<deploy::Probe> probe;
    deploy::Gates gates;
};
[[nodiscard]] Result<WorkerObjects> make_worker(const Settings& settings);

/// Looks for what keeps an app from being deployed.
void examine(const Settings& settings, const AccountSettings& account, const config::Places& places,
             bool watched, bool timer, const std::function<bool()>& deploying,
             const std::function<void(setup::Finding)>& tell);

/// The head as the git protocol tells it.
[[nodiscard]] Result<CommitId> remote_head(const Settings& settings);

/// Events go to the journal with their fields, when standard error leads there.
void log_to_journal();

}  // namespace inhaul::wiring
