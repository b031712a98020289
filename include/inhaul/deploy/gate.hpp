#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include <inhaul/deployment.hpp>
#include <inhaul/forge/checks.hpp>
#include <inhaul/git/repository.hpp>
#include <inhaul/ledger/ledger.hpp>
#include <inhaul/settings.hpp>

/// What may stand between a commit and the tree. Asked before anything is touched.
namespace inhaul::deploy {

/// A commit that is to be deployed. Its objects are here.
struct Candidate {
    CommitId commit;
    std::optional<CommitId> live;
    TimePoint now;
    /// Since when this very commit has been held by the gate that is asked.
    std::optional<TimePoint> held_since = {};
};

struct Passes {};
using Verdict = std::variant<Passes, deployment::Held, deployment::Refused>;

class Gate {
public:
    virtual ~Gate() = default;
    /// As in the settings, without `require.`.
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// An error is a question that had no answer, never a yes.
    [[nodiscard]] virtual Result<Verdict> ask(const Candidate& candidate) = 0;
};
using Gates = std::vector<std::unique_ptr<Gate>>;

/// What CI says. Pending is asked again, at first soon and then less often, and refused when
/// require.checks_deadline has passed; so is what nobody has checked.
[[nodiscard]] std::unique_ptr<Gate> checks_gate(const Requirements& require,
                                                std::unique_ptr<forge::Checks> checks);

/// Those of the settings that need no more than the clock and the repository: cheap ones first.
[[nodiscard]] Gates gates_of(const Settings& settings, git::Repository& repository);

}  // namespace inhaul::deploy
