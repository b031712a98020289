#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include <inhaul/ledger/live.hpp>
#include <inhaul/ledger/polls.hpp>
#include <inhaul/ledger/record.hpp>
#include <inhaul/ledger/relay.hpp>
#include <inhaul/ledger/restrictions.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

/// What was decided and done, on disk: where the watcher, the workers and the commands meet.
namespace inhaul::ledger {

/// The deployment that says why an app is not well, or why its branch's head is not live, among its
/// newest ones, the newest first; null when there is none. A person's own order for another commit
/// that came to nothing is no state of the app.
[[nodiscard]] const Record* ended_badly(const std::vector<Record>& newest, const Watch& watch,
                                        const Live& live);

/// All that is stored. A consumer takes the narrow ports that it needs.
class Ledger : public DeploymentStore,
               public LiveStore,
               public RestrictionStore,
               public PollStore,
               public RelayStore {};

/// Opens the database in the state directory, making or migrating it. One that exists and cannot
/// be read, or was written by a newer inhaul, is an error with code corrupt or configuration: it is
/// never made anew. A full disk is no_space, a busy one is waited for (5 s), then transient.
[[nodiscard]] Result<std::unique_ptr<Ledger>> open(const std::filesystem::path& state_directory,
                                                   const Clock& clock);
/// The same for commands that only look: makes nothing; nothing when there is no ledger yet.
[[nodiscard]] Result<std::unique_ptr<Ledger>> open_to_read(
    const std::filesystem::path& state_directory, const Clock& clock);

}  // namespace inhaul::ledger
