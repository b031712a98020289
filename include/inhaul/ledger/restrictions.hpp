// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/ledger/record.hpp>

namespace inhaul::ledger {

/// A commit that failed. It is not retried automatically.
struct Quarantined {
    CommitId commit;
    std::string cause;
    TimePoint since;
    DeploymentNumber deployment = 0;
};

/// Who requested an action, and why.
struct Operator {
    std::string who;
    std::string why;  ///< may be empty
};
struct Pause {
    std::optional<TimePoint> until;
    Operator by;
    TimePoint since;
};
struct Pin {
    CommitId commit;
    Operator by;
    TimePoint since;
};
/// A gate that must be checked again for this commit: see deployment::Held.
struct Hold {
    std::optional<CommitId> commit;
    std::string gate;
    std::string reason;
    std::optional<TimePoint> until;
    TimePoint since;  ///< when a gate first held the commit
    /// `held` is the time that it had been held at the last check, as far as that time counts.
    /// `since_check` is the time since that check.
    Milliseconds held{0};
    Milliseconds since_check{0};
};

/// The head of the branch, and how long this host has known it. Nothing but another head ends this
/// time.
struct KnownHead {
    CommitId commit;
    Milliseconds known{0};
};

/// All that keeps an app's head from being deployed.
struct Restrictions {
    std::optional<Pause> pause;  ///< never an expired pause
    std::optional<Pin> pin;
    std::optional<Hold> hold;
    std::vector<Quarantined> quarantine;  ///< the newest first
    std::optional<KnownHead> head = {};

    [[nodiscard]] const Quarantined* quarantined(const CommitId& commit) const;
};

/// An operator action, for the history.
struct Action {
    AppName app;
    TimePoint at;
    std::string what;  ///< "paused for 2h", "pinned to 3f2a9c1", …
    Operator by;
};

/// Stores restrictions. Every writing call is one transaction, durable when it returns.
class RestrictionStore {
public:
    virtual ~RestrictionStore() = default;

    [[nodiscard]] virtual Result<Restrictions> restrictions(const AppName& app) = 0;
    // Each of these also records an Action.
    [[nodiscard]] virtual Result<void> pause(const AppName& app, std::optional<Milliseconds> time,
                                             const Operator& by) = 0;
    [[nodiscard]] virtual Result<void> resume(const AppName& app, const Operator& by) = 0;
    [[nodiscard]] virtual Result<void> pin(const AppName& app, const CommitId& commit,
                                           const Operator& by) = 0;
    /// The head must be processed again.
    [[nodiscard]] virtual Result<void> unpin(const AppName& app, const Operator& by) = 0;
    /// Lifts all quarantines of the app. The head must be processed again.
    [[nodiscard]] virtual Result<void> retry(const AppName& app, const Operator& by) = 0;
    /// Returns the actions of one app or of all, the newest first.
    [[nodiscard]] virtual Result<std::vector<Action>> actions(const std::optional<AppName>& app,
                                                              std::size_t limit) = 0;
};

}  // namespace inhaul::ledger
