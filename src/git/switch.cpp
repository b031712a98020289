#include "switch.hpp"

#include <fmt/format.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include "contents.hpp"
#include "index_tree.hpp"
#include "required_filters.hpp"
#include "safe_path.hpp"
#include "space.hpp"
#include "tree.hpp"
#include "work_tree.hpp"

namespace inhaul::git {
namespace {

// Beside refs/inhaul/, where every name may be a branch's.
constexpr auto switching_ref = "refs/inhaul-switching";

/// A switch that was given up half-way has left files of a commit that is no longer wanted. Nothing
/// tracks them, so a reset would leave them for ever. Only what is exactly that commit's goes.
Result<void> remove_left_overs(git_repository* repository, const CommitId& given_up,
                               const CommitId& target) {
    if (given_up == target || !has_commit(repository, given_up)) return {};
    auto tree = TRY(WorkTree::look(repository));
    const auto wanted = TRY(tree_of(repository, target));
    for (const auto& [path, left] : TRY(tree.changes_to(given_up))) {
        tree.root().sweep(path);
        const bool tracked = git_index_get_bypath(tree.index(), path.c_str(), 0) != nullptr;
        if (!left || tracked || TRY(wanted_at(wanted.get(), path))) continue;
        if (TRY(tree.is_on_disk(path, *left))) TRY(tree.root().remove(path));
    }
    return {};
}

/// Nothing is touched when one of the paths must not be written.
Result<void> check_paths(const Changes& changes) {
    for (const auto& [path, wanted] : changes) {
        if (!wanted) continue;
        if (const auto reason = unsafe_path(path, wanted->mode == GIT_FILEMODE_LINK))
            return fail(ErrorCode::refused,
                        fmt::format("the commit's path {} {}", printable(path), *reason),
                        "Remove it from the repository: git itself does not check it out either.");
    }
    return {};
}

bool is_file(const Wanted& wanted) {
    return wanted.mode == GIT_FILEMODE_BLOB || wanted.mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

/// Crash points are between any two of these: the index is written last, so that whatever was done
/// is found to differ, and is done again.
Result<void> apply(WorkTree& tree, Contents& contents, const Changes& changes, WorkTree* like) {
    TRY(checked(git_index_conflict_cleanup(tree.index()), "end the merge in the index"));
    for (const auto& [path, wanted] : changes) {
        tree.root().sweep(path);
        if (wanted) continue;
        TRY(tree.root().remove(path));
        TRY(tree.note(path, std::nullopt));
    }
    // They say how the others are to be written.
    for (const bool attributes : {true, false}) {
        for (const auto& [path, wanted] : changes) {
            if (!wanted || is_attributes_file(path) != attributes) continue;
            const bool shared = like != nullptr && is_file(*wanted) && like->has(path, *wanted) &&
                                TRY(tree.root().share(like->root(), path));
            if (!shared) TRY(contents.write(tree.root(), path, *wanted));
            TRY(tree.note(path, wanted));
        }
    }
    return {};
}

Result<void> move_branch(git_repository* repository, const BranchName& branch,
                         const CommitId& target, const std::string& reason) {
    if (!is_checked_out(repository, branch))
        TRY(checked(git_repository_set_head(repository, branch.ref().c_str()), "set HEAD"));
    // A merge or rebase that was going on is over.
    TRY(checked(git_repository_state_cleanup(repository), "end what git was doing there"));
    return set_ref(repository, branch.ref(), target, reason);
}

/// Attributes say what files are on disk: with others, the same blob may be another file.
bool same_attributes(const Changes& changes, const WorkTree& like) {
    for (const auto& [path, wanted] : changes)
        if (wanted && is_attributes_file(path) && !like.has(path, *wanted)) return false;
    for (std::size_t i = 0; i < git_index_entrycount(like.index()); ++i) {
        const std::string path{git_index_get_byindex(like.index(), i)->path};
        if (is_attributes_file(path) && changes.find(path) == changes.end()) return false;
    }
    return true;
}

/// Those that are not taken over from elsewhere.
Changes to_write(Changes changes, const WorkTree* like) {
    if (like != nullptr)
        std::erase_if(changes, [&](const auto& change) {
            const auto& [path, wanted] = change;
            return wanted && is_file(*wanted) && like->has(path, *wanted);
        });
    return changes;
}

}  // namespace

Result<void> write_tree(git_repository* repository, WorkTree tree, const CommitId& target,
                        WorkTree* like) {
    const auto changes = TRY(tree.changes_to(target));
    TRY(check_paths(changes));
    TRY(check_objects(repository, changes));
    TRY(check_required_filters(repository, target, changes));
    auto contents = TRY(Contents::of(repository, tree.index(), changes));
    if (like != nullptr && !same_attributes(changes, *like)) like = nullptr;
    TRY(check_space(repository, tree.root(), to_write(changes, like)));
    TRY(apply(tree, contents, changes, like));
    // Before the index says that they are there.
    TRY(file::sync_file_system(git_repository_workdir(repository)));
    return tree.save(target);
}

Result<void> switch_tree(git_repository* repository, const BranchName& branch,
                         const CommitId& target, std::optional<WorkTree> seen) {
    const auto reason = "inhaul: deploy " + target.short_form();
    if (const auto given_up = TRY(commit_at(repository, switching_ref))) {
        TRY(remove_left_overs(repository, *given_up, target));
        seen.reset();
    }
    if (!seen) seen = TRY(WorkTree::look(repository));
    TRY(set_ref(repository, switching_ref, target, reason));
    TRY(write_tree(repository, std::move(*seen), target, nullptr));
    TRY(set_ref(repository, live_ref, target, reason));
    TRY(move_branch(repository, branch, target, reason));
    TRY(remove_ref(repository, switching_ref));
    // Before the ledger says that it is done.
    return file::sync_file_system(git_repository_path(repository));
}

}  // namespace inhaul::git
