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

/// What a server of version 2 can do, from its capabilities.
struct ServerCapabilities {
    /// It runs git itself: agent=git/2.39.5.
    bool is_git = false;
};
/// Parses the capabilities, with which a session over ssh begins. Nothing for a server of another
/// version, or one that cannot list refs; also for bytes that are no capabilities.
[[nodiscard]] std::optional<ServerCapabilities> read_capabilities(std::string_view answer);

/// Returns the request for HEAD alone, and the branch that it names.
[[nodiscard]] std::string head_request();
struct SymbolicHead {
    CommitId commit;
    std::string ref;  ///< refs/heads/main
};
/// Parses the response to that. Nothing if HEAD names no branch, or one without commits.
[[nodiscard]] Result<std::optional<SymbolicHead>> read_head(std::string_view answer);

/// How a listing of version 0 or 1 begins: over HTTP with the name of the service.
enum class Over { ssh, http };
/// Parses a listing of all refs in version 0 or 1.
[[nodiscard]] Result<RefListing> read_advertisement(std::string_view answer,
                                                    const BranchName& branch, Over transport);

/// Returns a listing of version 0 over HTTP, with this branch as the only ref. A client of version
/// 0 uses the capabilities in it. Every server has had them since git 1.7.
[[nodiscard]] std::string advertisement_of(const BranchName& branch, const CommitId& head);

}  // namespace inhaul::git
