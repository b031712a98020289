#include "tree.hpp"

#include <cerrno>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

constexpr auto switching_ref = "refs/inhaul/switching";
constexpr auto live_ref = "refs/inhaul/live";

struct FoundPaths {
    std::vector<std::string> paths;
};

int collect_added(const git_diff_delta* delta, float /*progress*/, void* payload) noexcept {
    if (delta->status == GIT_DELTA_ADDED)
        static_cast<FoundPaths*>(payload)->paths.emplace_back(delta->new_file.path);
    return 0;
}

/// The file's content is exactly what the commit has there.
bool is_content_of(git_repository* repository, git_tree* tree, const std::string& path) {
    git_tree_entry* raw = nullptr;
    if (git_tree_entry_bypath(&raw, tree, path.c_str()) != 0) return false;
    const TreeEntryHandle entry{raw};
    git_oid found{};
    return git_repository_hashfile(&found, repository, path.c_str(), GIT_OBJECT_BLOB, nullptr) ==
               0 &&
           git_oid_equal(&found, git_tree_entry_id(raw)) != 0;
}

/// A switch that was given up half-way has left files of a commit that is no longer wanted. Nothing
/// tracks them, so a checkout would leave them for ever. Only what is exactly that commit's goes.
Result<void> remove_left_overs(git_repository* repository, const CommitId& target) {
    const auto given_up = TRY(commit_at(repository, switching_ref));
    if (!given_up || given_up == target || !has_commit(repository, *given_up)) return {};
    const auto tree = TRY(tree_of(repository, *given_up));
    const auto wanted = TRY(tree_of(repository, target));
    const auto head = TRY(commit_at(repository, "HEAD"));
    const fs::path root{git_repository_workdir(repository)};
    for (const auto& path : TRY(added_paths(repository, head, *given_up))) {
        git_tree_entry* raw = nullptr;
        const bool stays = git_tree_entry_bypath(&raw, wanted.get(), path.c_str()) == 0;
        const TreeEntryHandle entry{raw};
        if (stays || !is_content_of(repository, tree.get(), path)) continue;
        std::error_code ignored;
        fs::remove(root / path, ignored);
        // Directories that it leaves empty, as git does.
        for (auto parent = (root / path).parent_path();
             parent != root && fs::remove(parent, ignored);)
            parent = parent.parent_path();
    }
    return {};
}

Result<void> check_out(git_repository* repository, const CommitId& target) {
    const auto commit = TRY(find_commit(repository, target));
    git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
    options.checkout_strategy = GIT_CHECKOUT_FORCE;
    return checked(
        git_checkout_tree(repository, reinterpret_cast<const git_object*>(commit.get()), &options),
        "write the files");
}

/// The files reach the disk before the branch says that they are there.
Result<void> sync_files(git_repository* repository) {
    const auto* const root = git_repository_workdir(repository);
    const FileDescriptor directory{::open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory || ::syncfs(directory.get()) != 0)
        return fail(system_error(errno, fmt::format("sync {}", root)));
    return {};
}

}  // namespace

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

Result<DiffHandle> differences(git_repository* repository, const std::optional<CommitId>& commit,
                               unsigned flags) {
    TreeHandle tree;
    if (commit) tree = TRY(tree_of(repository, *commit));
    git_diff_options options = GIT_DIFF_OPTIONS_INIT;
    options.flags = flags | GIT_DIFF_UPDATE_INDEX | GIT_DIFF_INCLUDE_TYPECHANGE;
    options.ignore_submodules = GIT_SUBMODULE_IGNORE_ALL;
    git_diff* raw = nullptr;
    TRY(checked(git_diff_tree_to_workdir_with_index(&raw, repository, tree.get(), &options),
                "compare the files"));
    return DiffHandle{raw};
}

Result<std::vector<std::string>> added_paths(git_repository* repository,
                                             const std::optional<CommitId>& from,
                                             const CommitId& to) {
    TreeHandle old_tree;
    if (from) old_tree = TRY(tree_of(repository, *from));
    const auto new_tree = TRY(tree_of(repository, to));
    git_diff* raw = nullptr;
    TRY(checked(git_diff_tree_to_tree(&raw, repository, old_tree.get(), new_tree.get(), nullptr),
                "compare the commits"));
    const DiffHandle diff{raw};
    FoundPaths found;
    TRY(checked(git_diff_foreach(raw, collect_added, nullptr, nullptr, nullptr, &found),
                "compare the commits"));
    return std::move(found.paths);
}

Result<void> switch_tree(git_repository* repository, const BranchName& branch,
                         const CommitId& target) {
    const auto reason = "inhaul: deploy " + target.short_form();
    TRY(remove_left_overs(repository, target));
    TRY(set_ref(repository, switching_ref, target, reason));
    TRY(check_out(repository, target));
    TRY(sync_files(repository));
    TRY(set_ref(repository, live_ref, target, reason));
    TRY(set_ref(repository, branch.ref(), target, reason));
    TRY(checked(git_repository_set_head(repository, branch.ref().c_str()), "set HEAD"));
    return remove_ref(repository, switching_ref);
}

}  // namespace inhaul::git
