// SPDX-License-Identifier: Apache-2.0
#include "tree.hpp"

#include <fmt/format.h>

namespace inhaul::git {
Result<CommitHandle> find_commit(git_repository* repository, const CommitId& commit) {
    git_commit* raw = nullptr;
    const auto oid = oid_from(commit);
    TRY(checked(git_commit_lookup(&raw, repository, &oid),
                "find the commit " + commit.short_form()));
    return CommitHandle{raw};
}

Result<TreeHandle> tree_of(git_repository* repository, const CommitId& commit) {
    const auto found = TRY(find_commit(repository, commit));
    git_tree* raw = nullptr;
    TRY(checked(git_commit_tree(&raw, found.get()), "find the files of " + commit.short_form()));
    return TreeHandle{raw};
}

bool has_commit(git_repository* repository, const CommitId& commit) {
    git_commit* raw = nullptr;
    const auto oid = oid_from(commit);
    const bool found = git_commit_lookup(&raw, repository, &oid) == 0;
    const CommitHandle handle{raw};
    return found;
}

Result<std::optional<CommitId>> commit_at(git_repository* repository, const char* ref) {
    git_oid oid{};
    const int code = git_reference_name_to_id(&oid, repository, ref);
    if (code == GIT_ENOTFOUND || code == GIT_EUNBORNBRANCH) return std::optional<CommitId>{};
    TRY(checked(code, fmt::format("read the ref {}", ref)));
    return std::optional{id_from(oid)};
}

Result<void> set_ref(git_repository* repository, const std::string& ref, const CommitId& commit,
                     const std::string& reason) {
    const auto oid = oid_from(commit);
    git_reference* raw = nullptr;
    const int code = git_reference_create(&raw, repository, ref.c_str(), &oid, 1, reason.c_str());
    const ReferenceHandle handle{raw};
    return checked(code, "write the ref " + ref);
}

Result<void> remove_ref(git_repository* repository, const std::string& ref) {
    const int code = git_reference_remove(repository, ref.c_str());
    if (code == GIT_ENOTFOUND) return {};
    return checked(code, "remove the ref " + ref);
}

bool is_checked_out(git_repository* repository, const BranchName& branch) {
    git_reference* raw = nullptr;
    const int code = git_reference_lookup(&raw, repository, "HEAD");
    const ReferenceHandle handle{raw};
    return code == 0 && git_reference_type(raw) == GIT_REFERENCE_SYMBOLIC &&
           branch.ref() == git_reference_symbolic_target(raw);
}

Result<void> set_head(git_repository* repository, const CommitId& commit) {
    if (TRY(commit_at(repository, "HEAD")) == commit) return {};
    const auto oid = oid_from(commit);
    return checked(git_repository_set_head_detached(repository, &oid), "set HEAD");
}

}  // namespace inhaul::git
