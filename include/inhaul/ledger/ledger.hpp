// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include <inhaul/ledger/live.hpp>
#include <inhaul/ledger/polls.hpp>
#include <inhaul/ledger/record.hpp>
#include <inhaul/ledger/relay.hpp>
#include <inhaul/ledger/reports.hpp>
#include <inhaul/ledger/restrictions.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

/// The database of deployments and app state. The agent, its workers and the commands share it.
namespace inhaul::ledger {

/// Returns the deployment that explains why an app is not healthy, or why its head is not live.
/// Null if there is none. `newest`: the newest deployments first. Ignores a failed deployment of
/// another commit that an operator requested.
[[nodiscard]] const Record* ended_badly(const std::vector<Record>& newest,
                                        const PollState& poll_state, const Live& live);

/// Returns the commit that was live before the live commit was first deployed, and that was
/// verified then. Nothing if no such commit is known. `newest`: all deployments, the newest first.
[[nodiscard]] std::optional<CommitId> live_before(const std::vector<Record>& newest,
                                                  const Live& live);

/// The whole ledger. A consumer takes only the ports that it needs.
class Ledger : public DeploymentStore,
               public LiveStore,
               public RestrictionStore,
               public PollStore,
               public RelayStore,
               public ReportStore {};

/// Opens the database in the state directory, and creates or migrates it if necessary. Fails with
/// `corrupt` if it cannot be read. Fails with `configuration` if a newer version of inhaul wrote
/// it. Never recreates it. Fails with `no_space` on a full disk. Waits 5 s for a locked database,
/// then fails with a transient error.
[[nodiscard]] Result<std::unique_ptr<Ledger>> open(const std::filesystem::path& state_directory,
                                                   const Clock& clock);
/// Opens the database for commands that only read. Creates nothing. Returns null if there is no
/// ledger yet.
[[nodiscard]] Result<std::unique_ptr<Ledger>> open_to_read(
    const std::filesystem::path& state_directory, const Clock& clock);

}  // namespace inhaul::ledger
