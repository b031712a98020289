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

/// What may stand between a commit and the tree. Asked before anything is touched.
namespace inhaul::deploy {

/// A commit that is to be deployed. Its objects are here.
struct Candidate {
    CommitId commit;
    std::optional<CommitId> live;
    TimePoint now;
    /// How long this very commit has been held, by whichever gate, when one was last asked; and the
    /// time since then, in which nobody looked.
    Milliseconds held{0};
    Milliseconds unasked{0};
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

/// Those of the settings, in the order in which they are asked. `checks` is needed only where the
/// settings require them.
[[nodiscard]] Gates gates_of(const Settings& settings, git::CommitReader& commits,
                             git::HistoryReader& history, std::unique_ptr<forge::Checks> checks);

}  // namespace inhaul::deploy
