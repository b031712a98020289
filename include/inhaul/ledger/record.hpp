#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/deployment.hpp>
#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>

namespace inhaul::ledger {

using DeploymentNumber = std::int64_t;

struct Step {
    std::string state;  ///< deployment::name_of
    TimePoint entered;
};

/// What one command of a hook did.
struct Output {
    std::string hook;     ///< build, activate, after
    std::string command;  ///< its words, for people
    std::string outcome;  ///< "done", "exit status 3", …
    std::string text;     ///< the end of what it printed
    bool operator==(const Output&) const = default;
};

/// One deployment as it stands.
struct Record {
    DeploymentNumber number = 0;
    AppName app;
    Trigger trigger = Trigger::hand;
    std::string origin;            ///< who by hand, or which delivery of a relay's; may be empty
    std::optional<CommitId> from;  ///< live before
    std::optional<CommitId> to;    ///< once known
    /// The branch's head that this deployment deals with; nothing when a person chose a commit.
    std::optional<CommitId> head;
    std::optional<CommitSummary> summary;
    deployment::State state;
    unsigned resumptions = 0;
    TimePoint started;
    std::optional<TimePoint> finished;
    std::vector<std::string> notes;  ///< what an operator should know: edits saved where, and so on
    std::vector<Step> steps;         ///< in the order in which they were entered
    std::vector<Output> outputs;     ///< of the hooks
};

}  // namespace inhaul::ledger
