#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/ledger/record.hpp>

namespace inhaul::ledger {

/// A commit that failed: it is not tried again by itself.
struct Quarantined {
    CommitId commit;
    std::string cause;
    TimePoint since;
    DeploymentNumber deployment = 0;
};

/// What a person has ordered, until it is taken back.
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
/// A gate that wants to be asked again: deployment::Held, about this commit.
struct Hold {
    std::optional<CommitId> commit;
    std::string gate;
    std::string reason;
    std::optional<TimePoint> until;
    TimePoint since;  ///< when the commit was first held, by whichever gate
    /// For how long it had been held when a gate was last asked, as far as that counts; and how
    /// long ago that was.
    Milliseconds held{0};
    Milliseconds unasked{0};
};

/// What stands between an app's branch and its directory.
struct Restrictions {
    std::optional<Pause> pause;  ///< one whose time is over is none
    std::optional<Pin> pin;
    std::optional<Hold> hold;
    std::vector<Quarantined> quarantine;  ///< the newest first

    [[nodiscard]] const Quarantined* quarantined(const CommitId& commit) const;
};

/// What a person has ordered, for the history.
struct Action {
    AppName app;
    TimePoint at;
    std::string what;  ///< "paused for 2h", "pinned to 3f2a9c1", …
    Operator by;
};

/// What holds deployments back. Every writing call is one transaction, durable when it returns.
class RestrictionStore {
public:
    virtual ~RestrictionStore() = default;

    [[nodiscard]] virtual Result<Restrictions> restrictions(const AppName& app) = 0;
    // What a person orders is an Action as well.
    [[nodiscard]] virtual Result<void> pause(const AppName& app, std::optional<Milliseconds> time,
                                             const Operator& by) = 0;
    [[nodiscard]] virtual Result<void> resume(const AppName& app, const Operator& by) = 0;
    [[nodiscard]] virtual Result<void> pin(const AppName& app, const CommitId& commit,
                                           const Operator& by) = 0;
    /// The branch's head is to be decided on anew.
    [[nodiscard]] virtual Result<void> unpin(const AppName& app, const Operator& by) = 0;
    /// Lifts every quarantine of the app; the branch's head is to be decided on anew.
    [[nodiscard]] virtual Result<void> retry(const AppName& app, const Operator& by) = 0;
    /// The newest first, of one app or of all.
    [[nodiscard]] virtual Result<std::vector<Action>> actions(const std::optional<AppName>& app,
                                                              std::size_t limit) = 0;
};

}  // namespace inhaul::ledger
