// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <inhaul/model.hpp>
#include <inhaul/util/result.hpp>

/// The states of a deployment. deployment.hpp leads from one to the next.
namespace inhaul::deployment {

/// Why the last known good commit is deployed again.
struct Rollback {
    CommitId bad;
    Error cause;
    bool operator==(const Rollback&) const = default;
};
using MaybeRollback = std::optional<Rollback>;

/// Recorded, under the app's lock. Nothing is known yet.
struct Planned {
    bool operator==(const Planned&) const = default;
};
/// The branch is being fetched. The tree has not been touched.
struct Fetching {
    bool operator==(const Fetching&) const = default;
};
/// The target is known and its objects are here. The gates are checked, local edits are saved.
struct Checking {
    CommitId target;
    bool operator==(const Checking&) const = default;
};
/// The target's release is being created and built, beside the live release.
struct Building {
    CommitId target;
    bool restart_needed = true;  ///< see Switching
    bool operator==(const Building&) const = default;
};
/// The files are being replaced by the target's. They may be partly old and partly new.
struct Switching {
    CommitId target;
    bool restart_needed = true;  ///< the service must be restarted: its code changes
    MaybeRollback rollback = {};
    bool operator==(const Switching&) const = default;
};
/// The tree is the target. The hooks before the restart run.
struct Activating {
    CommitId target;
    MaybeRollback rollback = {};
    bool operator==(const Activating&) const = default;
};
/// The tree is the target. The service is being restarted.
struct Restarting {
    CommitId target;
    /// The result of service::Service::invocation() before. A different result later means that
    /// the service was started with the new tree.
    std::string invocation_before;
    MaybeRollback rollback = {};
    bool operator==(const Restarting&) const = default;
};
/// The service was restarted and is being watched.
struct Probing {
    CommitId target;
    std::string invocation;  ///< of the service that runs now
    MaybeRollback rollback = {};
    bool operator==(const Probing&) const = default;
};
/// Live and verified. The `after` hooks run.
struct Finishing {
    CommitId target;
    MaybeRollback rollback = {};
    bool operator==(const Finishing&) const = default;
};
/// Live and recorded.
struct Succeeded {
    CommitId commit;
    bool verified = true;  ///< false if all units stay stopped, so that nothing ran
    bool operator==(const Succeeded&) const = default;
};
/// Nothing to do: the tree is the target and the service runs it. Leaves no record.
struct Unchanged {
    CommitId commit;
    bool operator==(const Unchanged&) const = default;
};
/// Gates without a setting: an operator's pause, the quarantine, and whether the commit can be
/// written.
inline constexpr std::string_view pause_gate{"pause"};
inline constexpr std::string_view quarantine_gate{"quarantine"};
inline constexpr std::string_view checkout_gate{"checkout"};

/// A gate must be checked again later. Nothing was changed. Leaves no record.
struct Held {
    std::string gate;  ///< its name, as in the settings, or a name above
    std::string reason;
    std::optional<TimePoint> until = {};       ///< when the answer may change, if known
    std::optional<Milliseconds> counted = {};  ///< the hold time that counts; empty: all of it
    bool operator==(const Held&) const = default;
};
/// A gate refused the commit, or it cannot be written. Nothing was changed.
struct Refused {
    std::string gate;  ///< as in Held
    std::string reason;
    bool operator==(const Refused&) const = default;
};
/// The commit failed, and the last known good commit is live again.
struct RolledBack {
    CommitId commit;  ///< the live commit
    Rollback why;
    bool operator==(const RolledBack&) const = default;
};
struct Failed {
    Error cause;
    /// The rollback failed in the same step, so this commit is not to blame. Stored only while
    /// Concluding.
    std::optional<CommitId> cleared_commit = {};
    bool operator==(const Failed&) const = default;
};

/// Refused or failed, and the `after` hooks run. The directory does not change any more.
struct Concluding {
    std::variant<Refused, Failed> end;
    bool settles = false;  ///< the end makes the head a processed one
    bool operator==(const Concluding&) const = default;
};

using State =
    std::variant<Planned, Fetching, Checking, Building, Switching, Activating, Restarting, Probing,
                 Finishing, Concluding, Succeeded, Unchanged, Held, Refused, RolledBack, Failed>;

}  // namespace inhaul::deployment
