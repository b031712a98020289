// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include <inhaul/deployment.hpp>
#include <inhaul/forge/checks.hpp>
#include <inhaul/git/history.hpp>
#include <inhaul/ledger/ledger.hpp>
#include <inhaul/settings.hpp>

/// Gates: conditions that a commit must meet before a deployment changes anything.
namespace inhaul::deploy {

/// A commit to deploy. Its objects are in the local repository.
struct Candidate {
    CommitId commit;
    std::optional<CommitId> live;
    TimePoint now;
    /// How long gates had held this commit at the last check, and the time since that check.
    Milliseconds held{0};
    Milliseconds since_check{0};
    /// How long this host has known it, whatever has happened since.
    Milliseconds known{0};
};

struct Passes {};
using GateResult = std::variant<Passes, deployment::Held, deployment::Refused>;

class Gate {
public:
    virtual ~Gate() = default;
    /// Returns its name in the settings, without `require.`.
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Fails if there is no answer. A missing answer never passes.
    [[nodiscard]] virtual Result<GateResult> check(const Candidate& candidate) = 0;
};
using Gates = std::vector<std::unique_ptr<Gate>>;

/// Returns the gates of the settings, in the order of their evaluation. `checks` is needed only if
/// the settings require CI checks.
[[nodiscard]] Gates gates_of(const Settings& settings, git::CommitReader& commits,
                             git::HistoryReader& history, std::unique_ptr<forge::Checks> checks);

}  // namespace inhaul::deploy
