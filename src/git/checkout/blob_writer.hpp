// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rules.hpp"
#include "safe_directory.hpp"

namespace inhaul::git {

/// Writes a commit's blobs to disk. Line endings and idents follow the commit's own .gitattributes
/// and the repository's configuration. Does not run external filters (LFS), and logs this. Refuses
/// working-tree-encoding, since the files could not be compared again.
class BlobWriter {
public:
    /// Creates a writer for a commit. Writes nothing yet.
    [[nodiscard]] static Result<BlobWriter> of(git_repository* repository, const CommitId& commit);

    /// Writes the commit's entry at a path, and replaces anything there.
    [[nodiscard]] Result<void> write(SafeDirectory& root, const std::string& path,
                                     const TreeEntry& wanted);

    [[nodiscard]] Rules& rules() { return rules_; }

private:
    BlobWriter(git_repository* repository, Rules rules)
        : repository_(repository), rules_(std::move(rules)) {}

    git_repository* repository_;
    Rules rules_;
};

}  // namespace inhaul::git
