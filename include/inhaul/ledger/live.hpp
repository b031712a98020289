// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::ledger {

/// The known state of an app's directory and service.
struct Live {
    std::optional<CommitId> tree;  ///< the commit of the last switch
    /// The commit with which the service was last started. Empty if unknown, for example after a
    /// deployment that failed past its switch.
    std::optional<CommitId> restarted;
    /// A switch was started and not finished: differences in the tree are not local edits.
    bool switch_incomplete = false;
    std::optional<TimePoint> since;           ///< when `tree` became live
    std::optional<CommitId> last_known_good;  ///< the target of a rollback
};

/// Returns true if the directory is complete and contains the last known good commit.
[[nodiscard]] bool is_verified(const Live& live);

/// Stores the live commit. Every writing call is one transaction, durable when it returns.
class LiveStore {
public:
    virtual ~LiveStore() = default;

    [[nodiscard]] virtual Result<Live> live(const AppName& app) = 0;
    /// Records the commit that inhaul finds in a directory at its first deployment. It becomes the
    /// last known good commit. The commit that the service runs is unknown.
    [[nodiscard]] virtual Result<void> adopt(const AppName& app, const CommitId& commit) = 0;
    /// Records that a switch was undone or had changed nothing: the directory is `tree`. With
    /// `restarted`, the service was started with it.
    [[nodiscard]] virtual Result<void> undone(const AppName& app, const CommitId& tree,
                                              bool restarted) = 0;
};

}  // namespace inhaul::ledger
