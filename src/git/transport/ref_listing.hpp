#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/model.hpp>
#include <inhaul/util/result.hpp>

/// Which refs a server has, as both versions of git's protocol say it; gitprotocol-v2(5) and
/// gitprotocol-http(5).
namespace inhaul::git {

/// What a listing says of one branch.
struct RefListing {
    std::optional<CommitId> head;  ///< the branch's
    bool has_branches = false;     ///< this one or others
};

/// The body that asks, in version 2, for the refs whose names begin with this.
[[nodiscard]] std::string ls_refs_request(std::string_view prefix);

/// Reads the answer to that. Errors have code protocol, or configuration for a repository with
/// SHA-256 names.
[[nodiscard]] Result<RefListing> read_ls_refs(std::string_view answer, const BranchName& branch);

/// Reads what a server of version 0 or 1 says about all its refs.
[[nodiscard]] Result<RefListing> read_advertisement(std::string_view answer,
                                                    const BranchName& branch);

/// What such a server would say if this were its only ref. The capabilities are those that every
/// server has had since git 1.7, and that a client of version 0 makes use of.
[[nodiscard]] std::string advertisement_of(const BranchName& branch, const CommitId& head);

}  // namespace inhaul::git
