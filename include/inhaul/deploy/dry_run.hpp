#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <inhaul/deploy/deployer.hpp>

/// What a deployment would do, without doing it.
namespace inhaul::deploy {

struct DryRun {
    /// The state in which the deployment would end, if every step goes well: Succeeded, Unchanged,
    /// Held, Refused, RolledBack or Failed.
    deployment::State outcome;

    enum class Step {
        undo_switch,  ///< an earlier switch is incomplete, and this deployment does not complete it
        save_edits,
        build,
        switch_files,
        activate,
        restart,
        probe,
        after
    };
    std::vector<Step> steps;                ///< in their order; empty where nothing is done
    std::size_t edited = 0;                 ///< tracked files with local edits, to be saved
    std::vector<std::string> left_stopped;  ///< units that would not be started

    /// A deployment that died. It would be completed first, and may end in another state than this.
    std::optional<ledger::DeploymentNumber> unfinished;
    std::optional<CommitId> from;  ///< the live commit
    /// The commit to deploy. Nothing where the deployment is held, and the target cannot be found.
    std::optional<CommitId> to;
    CommitSummary summary;
    bool forward = true;                                ///< `from` is in the history of `to`
    std::vector<git::HistoryReader::LogEntry> commits;  ///< between them, the newest first
    bool more_commits = false;
    std::vector<git::HistoryReader::ChangedFile> files;

    /// A pause, a pin, a quarantine and each gate with its answer; an Error: it has none. The gates
    /// are not asked about a commit that is proven: the deployment does not ask them either.
    struct Answer {
        std::string gate;
        std::variant<Passes, deployment::Held, deployment::Refused, Error> verdict;
    };
    std::vector<Answer> answers;
};

/// Fetches and looks. The tree, the branch and the ledger stay as they are. The caller holds the
/// app's lock. Fails where the deployment would fail before its target is known.
[[nodiscard]] Result<DryRun> dry_run(const Settings& settings, const DeployRequest& request,
                                     const Ports& ports, const git::OnProgress& progress);

}  // namespace inhaul::deploy
