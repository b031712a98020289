// SPDX-License-Identifier: Apache-2.0
#include "integrity.hpp"

#include <cstring>
#include <string>
#include <unordered_set>
#include <vector>

#include <git/repository/tree.hpp>

namespace inhaul::git {
namespace {

struct HashOfId {
    std::size_t operator()(const git_oid& id) const {
        std::size_t hash = 0;
        std::memcpy(&hash, id.id, sizeof hash);
        return hash;
    }
};
struct SameId {
    bool operator()(const git_oid& one, const git_oid& other) const {
        return git_oid_equal(&one, &other) != 0;
    }
};
using Ids = std::unordered_set<git_oid, HashOfId, SameId>;

/// Adds a ref's commit to the walk. Ignores a tag of another object, and a symbolic ref without a
/// target.
Result<void> push_ref(git_repository* repository, git_revwalk* walk, git_reference* ref) {
    const auto operation = std::string{"read the ref "} + git_reference_name(ref);
    git_reference* raw = nullptr;
    const int code = git_reference_resolve(&raw, ref);
    const ReferenceHandle direct{raw};
    if (code == GIT_ENOTFOUND) return {};
    TRY(checked(code, operation));
    git_object* raw_object = nullptr;
    TRY(checked(
        git_object_lookup(&raw_object, repository, git_reference_target(raw), GIT_OBJECT_ANY),
        operation));
    const ObjectHandle object{raw_object};
    git_object* raw_commit = nullptr;
    const int peeled = git_object_peel(&raw_commit, raw_object, GIT_OBJECT_COMMIT);
    const ObjectHandle commit{raw_commit};
    if (peeled == GIT_EPEEL || peeled == GIT_EINVALIDSPEC) return {};
    TRY(checked(peeled, operation));
    return checked(git_revwalk_push(walk, git_object_id(raw_commit)), operation);
}

/// Returns a walk from all refs, and from a detached HEAD.
Result<WalkHandle> walk_from_refs(git_repository* repository) {
    git_revwalk* raw = nullptr;
    TRY(checked(git_revwalk_new(&raw, repository), "walk the history"));
    WalkHandle walk{raw};
    git_reference_iterator* raw_refs = nullptr;
    TRY(checked(git_reference_iterator_new(&raw_refs, repository), "list the refs"));
    const Handle<git_reference_iterator, git_reference_iterator_free> refs{raw_refs};
    git_reference* ref = nullptr;
    int code = 0;
    while ((code = git_reference_next(&ref, raw_refs)) == 0) {
        const ReferenceHandle handle{ref};
        TRY(push_ref(repository, raw, ref));
    }
    if (code != GIT_ITEROVER) TRY(checked(code, "list the refs"));
    if (TRY(commit_at(repository, "HEAD"))) TRY(checked(git_revwalk_push_head(raw), "read HEAD"));
    return walk;
}

template <class Visit>
Result<void> for_each_commit(git_repository* repository, const Visit& visit) {
    const auto walk = TRY(walk_from_refs(repository));
    git_oid next{};
    int code = 0;
    while ((code = git_revwalk_next(&next, walk.get())) == 0)
        TRY(visit(next));
    if (code == GIT_ITEROVER) return {};
    return checked(code, "walk the history");
}

/// Checks that all trees and their files exist. Reads each tree once.
class Trees {
public:
    explicit Trees(git_repository* repository, git_odb* objects)
        : repository_(repository), objects_(objects) {}

    Result<void> check(const git_oid& root) {
        add(root);
        while (!waiting_.empty()) {
            const auto id = waiting_.back();
            waiting_.pop_back();
            git_tree* raw = nullptr;
            TRY(checked(git_tree_lookup(&raw, repository_, &id), "read a directory"));
            const TreeHandle tree{raw};
            TRY(check_entries(raw));
        }
        return {};
    }

private:
    void add(const git_oid& id) {
        if (seen_.insert(id).second) waiting_.push_back(id);
    }

    Result<void> check_entries(git_tree* tree) {
        for (std::size_t i = 0; i < git_tree_entrycount(tree); ++i) {
            const auto* const entry = git_tree_entry_byindex(tree, i);
            const auto* const id = git_tree_entry_id(entry);
            const auto type = git_tree_entry_type(entry);
            if (type == GIT_OBJECT_TREE) add(*id);
            if (type != GIT_OBJECT_BLOB) continue;
            std::size_t size = 0;
            git_object_t kind = GIT_OBJECT_INVALID;
            TRY(checked(git_odb_read_header(&size, &kind, objects_, id),
                        "read the header of a file"));
        }
        return {};
    }

    git_repository* repository_;
    git_odb* objects_;
    Ids seen_;
    std::vector<git_oid> waiting_;
};

}  // namespace

Result<void> check_history(git_repository* repository) {
    return for_each_commit(repository, [](const git_oid&) { return Result<void>{}; });
}

Result<void> check_whole(git_repository* repository) {
    git_odb* raw = nullptr;
    TRY(checked(git_repository_odb(&raw, repository), "open the objects"));
    const OdbHandle objects{raw};
    Trees trees{repository, raw};
    return for_each_commit(repository, [&](const git_oid& id) -> Result<void> {
        git_commit* commit = nullptr;
        TRY(checked(git_commit_lookup(&commit, repository, &id), "read a commit"));
        const CommitHandle handle{commit};
        return trees.check(*git_commit_tree_id(commit));
    });
}

Result<bool> is_here(git_repository* repository, const CommitId& commit) {
    git_commit* raw = nullptr;
    const auto oid = oid_from(commit);
    const int code = git_commit_lookup(&raw, repository, &oid);
    const CommitHandle handle{raw};
    if (code == 0) return true;
    if (code != GIT_ENOTFOUND) TRY(checked(code, "find the commit " + commit.short_form()));
    TRY(check_history(repository));
    return false;
}

}  // namespace inhaul::git
