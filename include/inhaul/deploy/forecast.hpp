#pragma once

#include <string>
#include <vector>

#include <inhaul/deploy/deployer.hpp>

/// What a deployment would do, without doing it.
namespace inhaul::deploy {

struct Forecast {
    std::optional<CommitId> from;  ///< that is live
    CommitId to;
    CommitSummary summary;
    bool forward = true;                             ///< `from` is in the history of `to`
    std::vector<git::Repository::LogEntry> commits;  ///< between them, the newest first
    bool more_commits = false;
    std::vector<git::Repository::ChangedFile> files;
    bool in_place = false;   ///< the tree is `to` already
    bool nothing = false;    ///< and that is live, so that there is nothing to do
    std::size_t edited = 0;  ///< tracked files with local edits, that would be saved
    /// A pause, a pin, a quarantine and each gate, with what it says.
    struct Answer {
        std::string gate;
        Verdict verdict;
    };
    std::vector<Answer> answers;
};

/// Fetches, and looks. The tree, the branch and the ledger stay as they are. The caller holds the
/// app's lock.
[[nodiscard]] Result<Forecast> forecast(const Settings& settings, const DeployRequest& request,
                                        const Ports& ports, const git::OnProgress& progress);

}  // namespace inhaul::deploy
