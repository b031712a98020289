// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include <inhaul/model.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::git {

struct Progress {
    std::uint64_t objects_received = 0;
    std::uint64_t objects_total = 0;
    std::uint64_t bytes_received = 0;
};
using OnProgress = std::function<void(const Progress&)>;

/// Opens the repository, and gets objects into it.
class Fetcher {
public:
    virtual ~Fetcher() = default;

    /// Opens the repository in the directory. If the directory is missing or empty, creates both.
    /// Removes the remains of a killed run (lock files, partial packs), so the caller must hold the
    /// app's lock. Fails with code `refused` if the directory has other contents, belongs to
    /// another account, or is a bare repository. The message has the reason.
    [[nodiscard]] virtual Result<void> open() = 0;
    /// The same for a dry run: creates no directory and recreates no repository. Without a
    /// repository, it opens an empty repository in the new directory `scratch`, outside of the
    /// app's directory. It removes `scratch` at the end. Fails with code `corrupt` if the
    /// repository is damaged.
    [[nodiscard]] virtual Result<void> open_for_dry_run(const std::filesystem::path& scratch) = 0;
    /// Returns true if HEAD has no history in common with the branch: the directory is a checkout
    /// of another repository. If no remote of the checkout answers this, fetches the branch into
    /// `scratch`. To be called before the first fetch(): a foreign checkout is not written to.
    [[nodiscard]] virtual Result<bool> is_foreign(const std::filesystem::path& scratch,
                                                  const OnProgress& progress) = 0;
    /// Fetches one branch, without tags, into `refs/inhaul/<branch>`, and returns its head. Updates
    /// `refs/remotes/` if a remote has that branch. `known_head` is the head that the forge has
    /// just reported. Over https, it is fetched without a request for the head.
    [[nodiscard]] virtual Result<CommitId> fetch(const OnProgress& progress,
                                                 const std::optional<CommitId>& known_head) = 0;
    /// Fetches missing commits of the commit's submodules, including nested ones. The other
    /// functions count a fetched submodule as part of the commit's files, and ignore others.
    [[nodiscard]] virtual Result<void> fetch_submodules(const CommitId& commit,
                                                        const OnProgress& progress) = 0;
    /// Repacks the repository in a bounded time. To be called after a deployment.
    [[nodiscard]] virtual Result<void> tidy() = 0;
};

}  // namespace inhaul::git
