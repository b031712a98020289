#include "patch.hpp"

#include "tree.hpp"

namespace inhaul::git {
namespace {

git_diff_options options_with(unsigned flags) {
    git_diff_options options = GIT_DIFF_OPTIONS_INIT;
    options.flags = flags;
    options.ignore_submodules = GIT_SUBMODULE_IGNORE_ALL;
    return options;
}

}  // namespace

Result<Patches> patches_of(git_diff* diff, const std::optional<Paths>& only) {
    Patches found;
    Paths files;
    for (std::size_t i = 0; i < git_diff_num_deltas(diff); ++i) {
        git_patch* raw = nullptr;
        TRY(checked(git_patch_from_diff(&raw, diff, i), "make a patch"));
        const Handle<git_patch, git_patch_free> patch{raw};
        const auto* const delta = git_patch_get_delta(raw);
        if (only && only->count(delta->new_file.path) == 0) continue;
        const bool same = git_oid_equal(&delta->old_file.id, &delta->new_file.id) != 0 &&
                          delta->old_file.mode == delta->new_file.mode;
        if (same) continue;
        Buffer buffer;
        TRY(checked(git_patch_to_buf(buffer.get(), raw), "write a patch"));
        found.text += buffer.text();
        files.insert(delta->new_file.path);
    }
    found.files = files.size();
    return found;
}

Paths paths_of(git_diff* diff) {
    Paths paths;
    for (std::size_t i = 0; i < git_diff_num_deltas(diff); ++i)
        paths.insert(git_diff_get_delta(diff, i)->new_file.path);
    return paths;
}

Result<DiffHandle> staged_differences(git_repository* repository,
                                      const std::optional<CommitId>& commit) {
    TreeHandle tree;
    if (commit) tree = TRY(tree_of(repository, *commit));
    const auto options = options_with(GIT_DIFF_SHOW_BINARY);
    git_diff* raw = nullptr;
    TRY(checked(git_diff_tree_to_index(&raw, repository, tree.get(), nullptr, &options),
                "compare the index"));
    return DiffHandle{raw};
}

Result<DiffHandle> unstaged_differences(git_repository* repository) {
    const auto options = options_with(0);
    git_diff* raw = nullptr;
    TRY(checked(git_diff_index_to_workdir(&raw, repository, nullptr, &options),
                "compare the files"));
    return DiffHandle{raw};
}

}  // namespace inhaul::git
