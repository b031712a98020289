#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tree_changes.hpp"

namespace inhaul::git {

/// What a file of attributes is called.
inline constexpr std::string_view attributes_name{".gitattributes"};

/// How a commit's own attributes, and the repository's configuration, want files on disk: line ends
/// and idents. A .gitattributes file on disk has no say: somebody may have edited it. External
/// filters are not run.
class Rules {
public:
    /// Without a commit: those of the configuration alone.
    [[nodiscard]] static Result<Rules> of(git_repository* repository,
                                          const std::optional<CommitId>& commit);

    /// Whether any file may be on disk otherwise than it is in the repository.
    [[nodiscard]] bool convert() const { return convert_; }

    /// What a file's content is in the repository. `path` says which rules are meant.
    [[nodiscard]] Result<std::string> to_repository(const std::string& path, std::string content);
    /// What a blob is on disk.
    [[nodiscard]] Result<std::string> to_disk(const std::string& path, const git_oid& blob);

    /// What the commit has at a path.
    [[nodiscard]] Result<std::optional<Wanted>> wanted(const std::string& path) const {
        return wanted_at(tree_.get(), path);
    }
    /// Whether the content of a file on disk is what these rules make of the blob.
    [[nodiscard]] Result<bool> is(const std::string& path, std::string_view content,
                                  const git_oid& blob);

    /// The commit's files of attributes.
    struct File {
        std::string path;
        git_oid blob;
    };
    [[nodiscard]] const std::vector<File>& files() const { return files_; }

private:
    Rules() = default;
    [[nodiscard]] Result<void> find_files(git_tree* tree, const std::string& prefix);
    [[nodiscard]] Result<void> check_patterns(const std::string& path, std::string_view text);
    [[nodiscard]] Result<bool> has_idents(const std::string& path);
    [[nodiscard]] Result<std::string> filtered(const std::string& path, std::string content,
                                               git_filter_mode_t mode);
    [[nodiscard]] Result<void> add_attributes(const File& file);
    [[nodiscard]] Result<void> add_to_index(const std::string& path, const git_oid& blob);

    // A second, bare view of the repository, whose index has what the rules are about alone, and
    // that writes nothing: so that the library finds these attributes, and no others.
    RepositoryHandle repository_;
    IndexHandle index_;
    TreeHandle tree_;
    std::vector<File> files_;
    std::size_t directories_ = 0;
    std::size_t entries_ = 0;
    std::size_t bytes_ = 0;  ///< of all files of attributes
    std::size_t lines_ = 0;
    bool convert_ = false;
};

}  // namespace inhaul::git
