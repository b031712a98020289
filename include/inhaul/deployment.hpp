#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <inhaul/model.hpp>
#include <inhaul/util/result.hpp>

/// One deployment as a pure state machine. A state is written to the ledger before it is acted on,
/// so each state is also a crash point; resumed() says where a deployment found there goes on.
///
///     Planned ─▶ Fetching ─▶ Checking ─▶ Switching ─▶ Restarting ─▶ Probing ─▶ Succeeded
///                               │  ╲                      ▲
///                               │   ╲─ tree right, service behind it ─╯
///                               ╰▶ Unchanged       any state ─▶ Failed
namespace inhaul::deployment {

/// Recorded, under the app's lock; nothing is known yet.
struct Planned {
    bool operator==(const Planned&) const = default;
};
/// The branch is being fetched. The tree has not been touched.
struct Fetching {
    bool operator==(const Fetching&) const = default;
};
/// What to deploy is known and its objects are here. Local edits are saved in this state.
struct Checking {
    CommitId target;
    bool operator==(const Checking&) const = default;
};
/// The tree is being made the target. It may be half old, half new.
struct Switching {
    CommitId target;
    bool restart = true;  ///< the service must be restarted afterwards: its code changes
    bool operator==(const Switching&) const = default;
};
/// The tree is the target; the service is being restarted.
struct Restarting {
    CommitId target;
    /// What service::Service::invocation() said after the switch. Another one later means that the
    /// service has already been started with the new tree.
    std::string invocation_before;
    bool operator==(const Restarting&) const = default;
};
/// The service was restarted and is being watched.
struct Probing {
    CommitId target;
    std::string invocation;  ///< what runs now
    bool operator==(const Probing&) const = default;
};
/// Live and recorded.
struct Succeeded {
    CommitId commit;
    bool operator==(const Succeeded&) const = default;
};
/// There was nothing to do: the tree is the target and the service runs it. Leaves no record.
struct Unchanged {
    CommitId commit;
    bool operator==(const Unchanged&) const = default;
};
struct Failed {
    Error cause;
    bool operator==(const Failed&) const = default;
};

using State = std::variant<Planned, Fetching, Checking, Switching, Restarting, Probing, Succeeded,
                           Unchanged, Failed>;

/// What happened while a state was acted on.
struct Begun {};
struct Fetched {
    CommitId target;
};
/// The comparison of tree, service and target.
struct Compared {
    bool switch_needed = true;   ///< the tree is not exactly the target
    bool restart_needed = true;  ///< the service does not run the target's code
    std::string invocation;      ///< of the service, for a restart without a switch
};
struct Switched {
    std::string invocation;  ///< of the service, still with the old code
};
struct Restarted {
    std::string invocation;
};
struct Healthy {};
struct Faulted {
    Error cause;
};
using Event = std::variant<Begun, Fetched, Compared, Switched, Restarted, Healthy, Faulted>;

/// The next state; total. An event that cannot happen in a state leads to Failed with code
/// internal. Final states stay as they are.
[[nodiscard]] State transition(const State& state, const Event& event);

[[nodiscard]] bool is_final(const State& state);
/// Lower-case name: `planned` … `failed`. Stable: stored in the ledger, shown in `--json`.
[[nodiscard]] std::string_view name_of(const State& state);
/// The commit that the state is about, once it is known.
[[nodiscard]] std::optional<CommitId> target_of(const State& state);
/// Whether a deployment found in this state has an untouched tree, and so may still take a newer
/// target.
[[nodiscard]] bool tree_untouched(const State& state);

/// How often one deployment is taken up again after its process died.
inline constexpr unsigned max_resumptions = 5;

/// Where a deployment that was found unfinished goes on. Before the switch it starts over, since a
/// newer commit may be there by now; from the switch on it goes on where it was. After
/// max_resumptions it has Failed, so that a crash loop ends by itself.
[[nodiscard]] State resumed(const State& found, unsigned resumptions);

}  // namespace inhaul::deployment
