// SPDX-License-Identifier: Apache-2.0
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
    Trigger trigger = Trigger::manual;
    /// A commit to deploy instead of the branch's head: full or abbreviated.
    std::optional<std::string> to = {};
    /// The head that the forge reported. A git server without it lags behind: retry later.
    std::optional<CommitId> expected = {};
    std::string origin = {};  ///< the requester: see ledger::Record::origin
    /// An operator overrides a pause, the gates and a quarantine.
    bool force = false;
    /// Run the hooks, the restart and the probe again, even if nothing changed. Without `to`: for
    /// the live commit. A release is built again in a new directory.
    bool again = false;
};

/// The ports that a deployment uses. It owns none of them: all must outlive the deployment.
struct Ports {
    Ports(git::Repository& repository, service::Service& app_service, ledger::Ledger& ledger,
          const Clock& app_clock, Hooks& app_hooks, Probe& app_probe, Gates& app_gates)
        : commits(repository),
          history(repository),
          fetcher(repository),
          tree(repository),
          releases(repository),
          edits(repository),
          service(app_service),
          deployments(ledger),
          live(ledger),
          restrictions(ledger),
          clock(app_clock),
          hooks(app_hooks),
          probe(app_probe),
          gates(app_gates) {}

    git::CommitReader& commits;
    git::HistoryReader& history;
    git::Fetcher& fetcher;
    git::WorkingTree& tree;
    git::ReleaseStore& releases;
    git::LocalEditsReader& edits;
    service::Service& service;
    ledger::DeploymentStore& deployments;
    ledger::LiveStore& live;
    ledger::RestrictionStore& restrictions;
    const Clock& clock;
    Hooks& hooks;
    Probe& probe;
    Gates& gates;
};

struct Completed {
    /// The last deployment. Its state is final. The ledger has no record of Unchanged.
    ledger::Record record;
    /// An unfinished deployment that was found and finished first.
    std::optional<ledger::Record> resumed;
};

/// Finishes an unfinished deployment, then deploys as requested. Caller must hold the app's lock.
/// A failed deployment is no error. Fails if the ledger cannot be read or written: a deployment may
/// then be unfinished. Also fails if `to` names no commit: then there is no deployment.
[[nodiscard]] Result<Completed> run(const Settings& settings, const DeployRequest& request,
                                    const Ports& ports,
                                    const std::filesystem::path& state_directory,
                                    const git::OnProgress& progress);

/// Only finishes an unfinished deployment, and returns it. Returns nothing if there is none, or if
/// ledger::starts_again(). Caller must hold the app's lock. Fails as run().
[[nodiscard]] Result<std::optional<ledger::Record>> resume(
    const Settings& settings, const Ports& ports, const std::filesystem::path& state_directory,
    const git::OnProgress& progress);

}  // namespace inhaul::deploy
