// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tree_changes.hpp"

namespace inhaul::git {

/// Name of attribute files.
inline constexpr std::string_view attributes_name{".gitattributes"};

/// Returns true if the path is that of an attribute file.
[[nodiscard]] bool is_attributes_file(std::string_view path);

/// Conversion of files (line endings and idents) by a commit's own attributes and the repository's
/// configuration. A .gitattributes file on disk is ignored, since it may be edited. External
/// filters are not run.
class Rules {
public:
    /// Reads the rules of a commit. Without a commit, reads only the rules of the configuration.
    [[nodiscard]] static Result<Rules> of(git_repository* repository,
                                          const std::optional<CommitId>& commit);

    /// Returns true if any file on disk may differ from its blob.
    [[nodiscard]] bool convert() const { return convert_; }

    /// Converts a file's content to its form in the repository. `path` selects the rules.
    [[nodiscard]] Result<std::string> to_repository(const std::string& path, std::string content);
    /// Converts a blob to its form on disk.
    [[nodiscard]] Result<std::string> to_disk(const std::string& path, const git_oid& blob);

    /// Returns the filter that the attributes set for a file; nothing without one.
    [[nodiscard]] Result<std::optional<std::string>> filter_of(const std::string& path);

    /// Returns the commit's entry at a path.
    [[nodiscard]] Result<std::optional<TreeEntry>> wanted(const std::string& path) const {
        return tree_entry_at(tree_.get(), path);
    }
    /// Returns true if the content on disk is the blob after conversion.
    [[nodiscard]] Result<bool> is(const std::string& path, std::string_view content,
                                  const git_oid& blob);

    /// One of the commit's .gitattributes files.
    struct File {
        std::string path;
        git_oid blob;
    };
    [[nodiscard]] const std::vector<File>& files() const { return files_; }

private:
    Rules() = default;
    [[nodiscard]] Result<void> find_files(git_tree* tree, const std::string& prefix);
    [[nodiscard]] Result<void> check_patterns(const std::string& path, std::string_view text);
    /// Returns libgit2's value, which is valid until the next call of libgit2.
    [[nodiscard]] Result<const char*> attribute(const std::string& path, const char* name);
    [[nodiscard]] Result<bool> has_idents(const std::string& path);
    [[nodiscard]] Result<std::string> filtered(const std::string& path, std::string content,
                                               git_filter_mode_t mode);
    [[nodiscard]] Result<void> add_attributes(const File& file);
    [[nodiscard]] Result<void> add_to_index(const std::string& path, const git_oid& blob);

    // A second, bare handle of the repository, whose index has only the files that the rules need.
    // So libgit2 finds these attributes and no others. It writes nothing. Its attribute files never
    // change: libgit2 1.5 keeps the macros of a file after it frees the file.
    RepositoryHandle repository_;
    IndexHandle index_;
    TreeHandle tree_;
    std::vector<File> files_;
    std::size_t directories_ = 0;
    std::size_t entries_ = 0;
    std::size_t bytes_ = 0;  ///< of all .gitattributes files
    std::size_t lines_ = 0;
    bool convert_ = false;
    bool has_info_ = false;  ///< the repository has info/attributes
};

}  // namespace inhaul::git
