#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tree_changes.hpp"

namespace inhaul::git {

/// A patch that `git apply` takes, binary files included.
struct Patch {
    std::string text;
    std::size_t files = 0;
};

/// Differences between what a repository has and what it may not have. Nothing is written to the
/// repository: what is added to its objects is gone with this.
class Differences {
public:
    [[nodiscard]] static Result<Differences> in(git_repository* repository);

    /// The blob that content would be.
    [[nodiscard]] Result<git_oid> add_content(std::string_view content);
    /// What is at one path in both; nothing where there is nothing.
    [[nodiscard]] Result<void> add(const std::string& path, const std::optional<Wanted>& before,
                                   const std::optional<Wanted>& after);
    [[nodiscard]] Result<Patch> patch();

private:
    Differences() = default;

    RepositoryHandle repository_;
    IndexHandle before_;
    IndexHandle after_;
};

}  // namespace inhaul::git
