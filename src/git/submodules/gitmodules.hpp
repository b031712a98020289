#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <git/repository/libgit2.hpp>

/// What a commit says about the repositories below its own; gitmodules(5).
namespace inhaul::git {

/// One section of .gitmodules.
struct Declared {
    std::string name;
    std::string path;
    std::string url;
};

/// Those that are to be checked out: not the ones with `update = none`, nor those that lack a path
/// or a URL. Code `refused` for a name or path that would lead out of where submodules are kept, a
/// path or a place that two of them share, for an include, and for more than a thousand.
[[nodiscard]] Result<std::vector<Declared>> read_gitmodules(std::string_view text);

/// Where a URL leads that begins with ./ or ../, seen from that of the repository that says it.
/// Others stay as they are. Code `refused` when it leads past the host.
[[nodiscard]] Result<std::string> resolved_url(const std::string& from, const std::string& url);

/// A repository that a commit wants at a path below its own.
struct Submodule {
    std::string name;
    std::string path;
    Access access;  ///< with no more credentials than the other's that are for the same host
    CommitId commit;
};

/// What is declared, and in the commit's tree. None when `access` has no rule for URLs.
[[nodiscard]] Result<std::vector<Submodule>> submodules_of(git_repository* repository,
                                                           const CommitId& commit,
                                                           const Access& access);

}  // namespace inhaul::git
