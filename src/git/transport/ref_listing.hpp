// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/model.hpp>
#include <inhaul/util/result.hpp>

/// Ref listings in both versions of git's protocol; gitprotocol-v2(5) and gitprotocol-http(5).
namespace inhaul::git {

/// The part of a listing about one branch.
struct RefListing {
    std::optional<CommitId> head;  ///< of the branch
    bool has_branches = false;     ///< any branch exists
};

/// Returns the request body of version 2 for the refs with this prefix.
[[nodiscard]] std::string ls_refs_request(std::string_view prefix);

/// Parses the response to that. Fails with code `protocol`, or with `configuration` for a
/// repository with SHA-256 IDs.
[[nodiscard]] Result<RefListing> read_ls_refs(std::string_view answer, const BranchName& branch);

/// Parses a listing of all refs in version 0 or 1.
[[nodiscard]] Result<RefListing> read_advertisement(std::string_view answer,
                                                    const BranchName& branch);

/// Returns such a listing with this as the only ref. The capabilities are those that every server
/// has had since git 1.7 and that a client of version 0 uses.
[[nodiscard]] std::string advertisement_of(const BranchName& branch, const CommitId& head);

}  // namespace inhaul::git
