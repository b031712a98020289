// SPDX-License-Identifier: Apache-2.0
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
    std::vector<Step> steps;                ///< in their order; empty if nothing is done
    git::LocalEdits edits;                  ///< to be saved; see Step::save_edits
    std::vector<std::string> left_stopped;  ///< units that would not be started

    /// An unfinished deployment, which would be completed first. The rest of this dry run begins
    /// where it ends.
    struct Completion {
        ledger::DeploymentNumber number;
        /// Empty if it has changed nothing yet: then it starts again as the requested deployment.
        std::optional<deployment::State> outcome;
        std::vector<Step> steps;
        git::LocalEdits edits;  ///< to be saved by it
    };
    std::optional<Completion> unfinished;
    std::optional<CommitId> from;  ///< the live commit
    /// The commit to deploy. Empty if the deployment is held and the target cannot be found.
    std::optional<CommitId> to;
    CommitSummary summary;
    bool rewritten = false;  ///< `to` is the head, and `from` is not in its history
    std::vector<git::HistoryReader::LogEntry> commits;  ///< between them, the newest first
    bool more_commits = false;
    std::vector<git::HistoryReader::ChangedFile> files;

    /// The answer of a pause, a pin, a quarantine or a gate. An Error: it gave no answer. Like the
    /// deployment, the dry run does not check the gates for the last known good commit.
    struct Answer {
        std::string gate;
        std::variant<Passes, deployment::Held, deployment::Refused, Error> result;
    };
    std::vector<Answer> answers;
};

/// Fetches, also submodules, but does not change the tree, the branch or the ledger. Caller must
/// hold the app's lock. Fails if the ledger cannot be read or `to` names no commit.
[[nodiscard]] Result<DryRun> dry_run(const Settings& settings, const DeployRequest& request,
                                     const Ports& ports,
                                     const std::filesystem::path& state_directory,
                                     const git::OnProgress& progress);

}  // namespace inhaul::deploy
