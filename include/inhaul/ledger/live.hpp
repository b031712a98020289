#pragma once

#include <optional>

#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::ledger {

/// What an app's directory and service are known to be.
struct Live {
    std::optional<CommitId> tree;  ///< what the directory was last made
    /// What the service was last started with; nothing while that is not known, as after a
    /// deployment that failed past its switch.
    std::optional<CommitId> restarted;
    /// A switch was begun and not finished: what differs in the tree is ours, not a person's.
    bool switch_incomplete = false;
    std::optional<TimePoint> since;           ///< when `tree` became live
    std::optional<CommitId> last_known_good;  ///< the last that was proven: what is gone back to
};

/// Whether the directory is whole, and what is in it was proven.
[[nodiscard]] bool proven(const Live& live);

/// What is live. Every writing call is one transaction, durable when it returns.
class LiveStore {
public:
    virtual ~LiveStore() = default;

    [[nodiscard]] virtual Result<Live> live(const AppName& app) = 0;
    /// What inhaul finds in a directory that it meets for the first time: it can be gone back to.
    /// What the service runs is not known.
    [[nodiscard]] virtual Result<void> adopt(const AppName& app, const CommitId& commit) = 0;
    /// A switch that was begun has been undone, or had touched nothing: the directory is `tree`,
    /// and with `renewed` the service has been started with it.
    [[nodiscard]] virtual Result<void> undone(const AppName& app, const CommitId& tree,
                                              bool restarted) = 0;
};

}  // namespace inhaul::ledger
