// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <git/repository/libgit2.hpp>

/// Reads the submodules of a commit; see gitmodules(5).
namespace inhaul::git {

/// One section of .gitmodules.
struct SubmoduleEntry {
    std::string name;
    std::string path;
    std::string url;
};

/// Returns the submodules to check out. Leaves out submodules with `update = none`, and submodules
/// without a path or URL. Fails with code `refused` for:
/// * a name or path that leads outside;
/// * two submodules with the same or overlapping places;
/// * an include;
/// * more than a thousand submodules.
[[nodiscard]] Result<std::vector<SubmoduleEntry>> read_gitmodules(std::string_view text);

/// Resolves a URL that begins with ./ or ../ against the URL of the superproject. Other URLs stay
/// as they are. Fails with code `refused` if the result would leave the host.
[[nodiscard]] Result<std::string> resolved_url(const std::string& from, const std::string& url);

/// A submodule, with the commit that the superproject pins.
struct Submodule {
    std::string name;
    std::string path;
    Access access;  ///< with the superproject's credentials only for the same host
    CommitId commit;
};

/// Returns the submodules that are declared and in the commit's tree. Returns none if `access` has
/// no rule for URLs.
[[nodiscard]] Result<std::vector<Submodule>> submodules_of(git_repository* repository,
                                                           const CommitId& commit,
                                                           const Access& access);

}  // namespace inhaul::git
