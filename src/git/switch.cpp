#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include "tree.hpp"

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

// Beside refs/inhaul/, where every name may be a branch's.
constexpr auto switching_ref = "refs/inhaul-switching";

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

Result<IndexHandle> index_of(git_repository* repository) {
    git_index* raw = nullptr;
    TRY(checked(git_repository_index(&raw, repository), "open the index"));
    return IndexHandle{raw};
}

/// The index becomes the commit's, whatever was staged; what is known of unchanged files stays.
Result<void> reset_index(git_repository* repository, const CommitId& target) {
    const auto index = TRY(index_of(repository));
    const auto tree = TRY(tree_of(repository, target));
    TRY(checked(git_index_read_tree(index.get(), tree.get()), "read the commit into the index"));
    return checked(git_index_write(index.get()), "write the index");
}

/// The commit is its own baseline: what the files were supposed to be before does not matter, only
/// what is there and what the index knows of it. (Told the old commit, libgit2 fails where a file
/// that has become a directory is missing.)
Result<void> check_out(git_repository* repository, const CommitId& target) {
    const auto tree = TRY(tree_of(repository, target));
    git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
    options.checkout_strategy = GIT_CHECKOUT_FORCE;
    options.baseline = tree.get();
    TRY(checked(
        git_checkout_tree(repository, reinterpret_cast<const git_object*>(tree.get()), &options),
        "write the files"));
    return reset_index(repository, target);
}

Result<void> unlink_file(const fs::path& path) {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT || errno == EISDIR) return {};
    return fail(system_error(errno, "remove " + path.string()));
}

/// A checkout follows links that lie in the tree, and writes into files as they are: out of the
/// tree, and not at all while they run. Without them it makes new files, as git does.
Result<void> clear_way(const fs::path& root, const fs::path& file) {
    auto path = root;
    for (const auto& part : file.parent_path()) {
        path /= part;
        struct ::stat info {};
        if (::lstat(path.c_str(), &info) != 0) return {};
        if (!S_ISDIR(info.st_mode)) return unlink_file(path);
    }
    path = root / file;
    struct ::stat info {};
    if (::lstat(path.c_str(), &info) != 0) return {};
    const bool program = S_ISREG(info.st_mode) && (info.st_mode & 0111U) != 0;
    return program || S_ISLNK(info.st_mode) ? unlink_file(path) : Result<void>{};
}

Result<void> clear_ways(git_repository* repository, git_diff* differing) {
    const fs::path root{git_repository_workdir(repository)};
    for (std::size_t i = 0; i < git_diff_num_deltas(differing); ++i) {
        const auto* const delta = git_diff_get_delta(differing, i);
        if (delta->status != GIT_DELTA_ADDED) TRY(clear_way(root, delta->old_file.path));
    }
    return {};
}

/// A checkout believes size and time, and lets files be that a comparison finds changed. Without
/// the file, and its line in the index, it has to write it.
Result<void> mend(git_repository* repository, const CommitId& target, git_diff* remaining) {
    const fs::path root{git_repository_workdir(repository)};
    const auto index = TRY(index_of(repository));
    for (std::size_t i = 0; i < git_diff_num_deltas(remaining); ++i) {
        const auto* const delta = git_diff_get_delta(remaining, i);
        const fs::path file{delta->new_file.path};
        TRY(checked(git_index_remove_bypath(index.get(), file.c_str()), "update the index"));
        TRY(clear_way(root, file));
        if (delta->status == GIT_DELTA_MODIFIED || delta->status == GIT_DELTA_TYPECHANGE)
            TRY(unlink_file(root / file));
    }
    TRY(checked(git_index_write(index.get()), "write the index"));
    return check_out(repository, target);
}

/// Every tracked file is exactly the commit's afterwards, or this fails.
Result<void> write_files(git_repository* repository, const CommitId& target) {
    const auto differing = TRY(differences(repository, target));
    TRY(clear_ways(repository, differing.get()));
    TRY(check_out(repository, target));
    const auto remaining = TRY(differences(repository, target));
    if (git_diff_num_deltas(remaining.get()) == 0) return {};
    TRY(mend(repository, target, remaining.get()));
    const auto left = TRY(differences(repository, target));
    if (git_diff_num_deltas(left.get()) == 0) return {};
    return fail(ErrorCode::io,
                fmt::format("write {}: it is not what the commit says",
                            printable(git_diff_get_delta(left.get(), 0)->new_file.path)),
                "Is something else writing to the directory?");
}

/// The files reach the disk before the branch says that they are there.
Result<void> sync_files(git_repository* repository) {
    const auto* const root = git_repository_workdir(repository);
    const FileDescriptor directory{::open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory || ::syncfs(directory.get()) != 0)
        return fail(system_error(errno, fmt::format("sync {}", root)));
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

}  // namespace

Result<void> switch_tree(git_repository* repository, const BranchName& branch,
                         const CommitId& target) {
    const auto reason = "inhaul: deploy " + target.short_form();
    TRY(remove_left_overs(repository, target));
    TRY(set_ref(repository, switching_ref, target, reason));
    TRY(write_files(repository, target));
    TRY(sync_files(repository));
    TRY(set_ref(repository, live_ref, target, reason));
    TRY(move_branch(repository, branch, target, reason));
    return remove_ref(repository, switching_ref);
}

}  // namespace inhaul::git
