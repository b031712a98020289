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
/// Numbers from here on are not for people: they stand for one that is still to be given.
inline constexpr DeploymentNumber first_provisional = 1'000'000'000'000;

struct Step {
    std::string state;  ///< deployment::name_of
    TimePoint entered;
};

/// What one command of a hook did.
struct Output {
    std::string hook;       ///< build, activate, after
    std::string command;    ///< its words, for people
    std::string outcome;    ///< "done", "exit status 3", …
    std::string text;       ///< the end of what it printed
    bool rollback = false;  ///< it ran on the way back
    bool operator==(const Output&) const = default;
};

/// One deployment as it stands.
struct Record {
    /// What people call it by: 1, 2, 3 … It is provisional until the gates have said yes, since
    /// until then the deployment may leave no record.
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
    /// The units that a person had stopped on purpose when it began, by their names in the
    /// settings: it leaves them so, on the way back too.
    std::vector<std::string> left_stopped;
    std::vector<std::string> notes;  ///< what an operator should know: edits saved where, and so on
    std::vector<Step> steps;         ///< in the order in which they were entered
    std::vector<Output> outputs;     ///< of the hooks
};

/// Whether it has a number for people.
[[nodiscard]] inline bool has_number(const Record& record) {
    return record.number < first_provisional;
}
/// Whether the deployment began to change the directory or the service.
[[nodiscard]] bool touched(const Record& record);
/// Whether the service was restarted by it, with whatever commit.
[[nodiscard]] bool restarted(const Record& record);
/// Whether it took the way back.
[[nodiscard]] bool went_back(const Record& record);

}  // namespace inhaul::ledger
