// SPDX-License-Identifier: Apache-2.0
#include "wiring.hpp"

#include <algorithm>
#include <random>

#include <inhaul/forge/git_remote.hpp>
#include <inhaul/forge/github.hpp>
#include <inhaul/git/access.hpp>
#include <inhaul/git/heads.hpp>
#include <inhaul/state_files.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/watch/worker_processes.hpp>

namespace inhaul::wiring {
namespace {

/// How long it may take to read a head over the git protocol.
constexpr Milliseconds head_deadline{60'000};

/// How each app's head is polled.
class ChosenForge final : public forge::Forge {
public:
    ChosenForge(Forge& github, Forge& git_remote) : github_(github), git_remote_(git_remote) {}

    void poll_head(const forge::HeadRequest& wanted, Answered answered) override {
        chosen(wanted.settings).poll_head(wanted, std::move(answered));
    }
    std::string budget(const Settings& settings) override {
        return chosen(settings).budget(settings);
    }
    /// A deployment fetches over git, also if REST requests poll the branch. Its checks are REST
    /// requests, also if git polls the branch.
    std::vector<std::string> deployment_budgets(const Settings& settings) override {
        std::vector<std::string> budgets{git_remote_.budget(settings)};
        if (settings.require.checks) budgets.push_back(github_.budget(settings));
        return budgets;
    }
    void reset() override {
        github_.reset();
        git_remote_.reset();
    }

private:
    Forge& chosen(const Settings& settings) {
        return settings.head_source == HeadSource::github_api ? github_ : git_remote_;
    }
    Forge& github_;
    Forge& git_remote_;
};

class ClientStreams final : public watch::Streams {
public:
    explicit ClientStreams(http::Client& client) : client_(client) {}
    http::StreamId open(http::Request request, http::StreamEvents events) override {
        return client_.open(std::move(request), std::move(events));
    }
    void close(http::StreamId stream) override { client_.close(stream); }

private:
    http::Client& client_;
};

report::Outbox outbox_with(report::Transport& transport, ledger::Ledger& ledger,
                           const config::Places& places) {
    return report::Outbox{{transport, ledger, ledger, system_clock()},
                          this_origin(),
                          state_files::outbox_lock(places.state),
                          std::random_device{}()};
}

std::vector<std::string> internal_command(const std::filesystem::path& executable,
                                          const config::Places& places,
                                          const std::string& command) {
    return {executable.string(),   "--config", places.settings.string(), "--state",
            places.state.string(), command};
}

}  // namespace

AgentObjects::AgentObjects(std::unique_ptr<ledger::Ledger> opened, const config::Places& places,
                           const std::filesystem::path& executable)
    : ledger(std::move(opened)),
      loop(client, system_clock()),
      github(forge::github(client, system_clock())),
      git_heads(git::heads(client, loop, system_clock(), head_deadline)),
      git_remote(forge::git_remote(loop, system_clock(), *git_heads,
                                   internal_command(executable, places, "head"), head_deadline)),
      forge(std::make_unique<ChosenForge>(*github, *git_remote)),
      workers(watch::worker_processes(loop, places.state,
                                      internal_command(executable, places, "deploy"))),
      watcher({*forge, *workers, *ledger, system_clock()}, std::random_device{}()),
      streams(std::make_unique<ClientStreams>(client)),
      relays({*streams, watcher, *ledger, system_clock()}, std::random_device{}()),
      transport(report::loop_transport(loop, client, internal_command(executable, places, "mail"))),
      outbox(outbox_with(*transport, *ledger, places)) {
    watcher.observe([this](const AppName& app, watch::Watcher::Happened what) {
        using Happened = watch::Watcher::Happened;
        if (what == Happened::deploying || what == Happened::deployed)
            return outbox.deploys(app, what == Happened::deploying);
        outbox.polled(app, what == Happened::answered);
    });
}

SenderObjects::SenderObjects(const config::Places& places, const std::filesystem::path& executable)
    : loop(client, system_clock()),
      transport(
          report::loop_transport(loop, client, internal_command(executable, places, "mail"))) {}

Result<std::unique_ptr<SenderObjects>> make_sender(const config::Places& places) {
    return std::make_unique<SenderObjects>(places, TRY(process::own_executable()));
}

Result<void> send_due(ledger::Ledger& ledger, const config::Places& places,
                      const AccountSettings& account, const std::vector<Settings>& apps,
                      Milliseconds time) {
    const auto with = TRY(make_sender(places));
    auto outbox = outbox_with(*with->transport, ledger, places);
    TRY(outbox.set_targets(account, apps, false));
    send_for(with->loop, outbox, time);
    return {};
}

void send_for(EventLoop& loop, report::Outbox& outbox, Milliseconds time) {
    const auto end = system_clock().steady() + time;
    while (outbox.tick(), !outbox.drained() && system_clock().steady() < end)
        loop.run_once(std::min(outbox.next_wake().value_or(end), end));
    outbox.stop();
}

report::Origin this_origin() {
    return {account::host_name(), account::current_name()};
}

Result<std::unique_ptr<AgentObjects>> make_agent(const config::Places& places) {
    auto opened = TRY(ledger::open(places.state, system_clock()));
    const auto executable = TRY(process::own_executable());
    return std::make_unique<AgentObjects>(std::move(opened), places, executable);
}

Result<WorkerObjects> make_worker(const Settings& settings) {
    auto access = TRY(git::access_for(settings));
    if (settings.submodules)
        access.submodule_url = [settings](std::string_view url) {
            return config::git_url_of(url, settings);
        };
    auto service = TRY(service::service_for(settings));
    auto repository = settings.releases
                          ? git::releases(settings.directory, settings.branch, std::move(access),
                                          *settings.releases)
                          : git::repository(settings.directory, settings.branch, std::move(access));
    auto checks = settings.require.checks ? forge::github_checks(settings) : nullptr;
    auto gates = deploy::gates_of(settings, *repository, *repository, std::move(checks));
    return WorkerObjects{std::move(repository), std::move(service),
                         deploy::hook_processes(settings), deploy::probe_for(settings),
                         std::move(gates)};
}

void examine(const Settings& settings, const AccountSettings& account, const config::Places& places,
             bool watched, bool timer, const std::function<bool()>& deploying,
             const std::function<void(setup::Finding)>& tell) {
    http::Client client;
    const auto ledger = ledger::open_to_read(places.state, system_clock());
    const auto service = service::service_for(settings);
    const auto probe = deploy::probe_for(settings);
    std::vector<std::string> targets;
    for (const auto& target : report::targets_of(account, {settings}))
        targets.push_back(target.name);
    setup::examine(
        {.settings = settings,
         .ledger = ledger,
         .state = places.state,
         .targets = std::move(targets),
         .metrics_file = account.metrics_file,
         .page_file = account.page_file,
         .watched = watched,
         .timer = timer,
         .clock = system_clock(),
         .client = client,
         .service = service,
         .remote_head = [&] { return remote_head(settings); },
         .deploying = deploying,
         .checks_of =
             [&](const CommitId& commit) { return forge::github_checks(settings)->of(commit); },
         .probe = [&](const CommitId& commit) { return probe->wait_until_healthy(commit); }},
        tell);
}

Result<CommitId> remote_head(const Settings& settings) {
    return git::remote_head(TRY(git::access_for(settings)), settings.branch);
}

void log_to_journal() {
    if (auto sink = service::journal_sink()) log::set_sink(std::move(sink));
}

}  // namespace inhaul::wiring
