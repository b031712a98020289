#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <inhaul/deploy/gate.hpp>
#include <inhaul/deploy/hooks.hpp>
#include <inhaul/deploy/probe.hpp>
#include <inhaul/deployment.hpp>
#include <inhaul/git/repository.hpp>
#include <inhaul/ledger/ledger.hpp>
#include <inhaul/service/service.hpp>
#include <inhaul/settings.hpp>

/// Carries deployments from their first state to a final one.
namespace inhaul::deploy {

struct DeployRequest {
    Trigger trigger = Trigger::hand;
    /// A commit to deploy instead of the branch's head: full or abbreviated.
    std::optional<std::string> to = {};
    /// The head that the forge told. A git server that does not have it yet lags behind: try later.
    std::optional<CommitId> expected = {};
    std::string origin = {};  ///< who or what: ledger::Record::origin
    /// A person wants it whatever says no: a pause, a gate, a quarantine.
    bool force = false;
    /// Hooks, restart and probe once more, also where there is nothing to do. Without `to`: of what
    /// is live. A release is built once more in a place of its own.
    bool again = false;
};

/// The app's things that a deployment acts on.
struct Ports {
    Ports(git::Repository& repository, service::Service& restarts, ledger::Ledger& ledger,
          const Clock& time, Hooks& commands, Probe& asks, Gates& requirements)
        : commits(repository),
          history(repository),
          fetcher(repository),
          tree(repository),
          releases(repository),
          service(restarts),
          deployments(ledger),
          live(ledger),
          restrictions(ledger),
          clock(time),
          hooks(commands),
          probe(asks),
          gates(requirements) {}

    git::CommitReader& commits;
    git::HistoryReader& history;
    git::Fetcher& fetcher;
    git::WorkingTree& tree;
    git::ReleaseStore& releases;
    service::Service& service;
    ledger::DeploymentStore& deployments;
    ledger::LiveStore& live;
    ledger::RestrictionStore& restrictions;
    const Clock& clock;
    Hooks& hooks;
    Probe& probe;
    Gates& gates;
};

struct Report {
    /// The last deployment; its state is final. For Unchanged there is no record in the ledger.
    ledger::Record record;
    /// An unfinished deployment was found and finished first.
    std::optional<ledger::Record> resumed;
};

/// Finishes what was begun, then deploys as ordered. The caller holds the app's lock. An Error is
/// what kept the ledger from being written or read: nothing is known to be finished then; or it
/// says that `to` names no commit, and no deployment was made of it. A deployment that failed is a
/// Report.
[[nodiscard]] Result<Report> run(const Settings& settings, const DeployRequest& request,
                                 const Ports& ports, const std::filesystem::path& state_directory,
                                 const git::OnProgress& progress);

}  // namespace inhaul::deploy
