// SPDX-License-Identifier: Apache-2.0
#include "submodules.hpp"

#include <algorithm>
#include <climits>

#include <fmt/format.h>
#include <sys/stat.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

#include <git/checkout/switch.hpp>
#include <git/checkout/writable.hpp>
#include <git/edits/hook_edits.hpp>
#include <git/edits/local_edits.hpp>
#include <git/edits/tracked.hpp>
#include <git/releases/worktree.hpp>
#include <git/repair/stale_files.hpp>
#include <git/repository/open_repository.hpp>
#include <git/repository/own_names.hpp>
#include <git/repository/tree.hpp>
#include "module.hpp"
#include "submodule_edits.hpp"

namespace inhaul::git {
namespace {

/// Registers the submodule, so that `git submodule status` and `update` find it.
Result<void> register_submodule(git_repository* repository, const Submodule& submodule) {
    git_config* raw = nullptr;
    TRY(checked(git_repository_config(&raw, repository), "open the configuration"));
    const ConfigHandle config{raw};
    const auto key = fmt::format("submodule.{}.url", submodule.name);
    git_buf present{};
    const int found = git_config_get_string_buf(&present, raw, key.c_str());
    git_buf_dispose(&present);
    if (found != GIT_ENOTFOUND) return {};
    return checked(git_config_set_string(raw, key.c_str(), submodule.access.url.c_str()),
                   "set " + key);
}

/// Scans the files of a repository, ready for writing.
Result<IndexScan> scan(const Superproject& files) {
    return IndexScan::scan(files.repository,
                           TRY(open_files_of(files, IndexScan::mark_in(files.repository))));
}

/// Returns the repository of its files, and creates it if it is missing.
Result<RepositoryHandle> files_of(const SubmoduleLocation& module) {
    const auto mark = module.git_directory() / marks::linking;
    const auto link = module.submodule.path + "/.git";
    std::error_code ignored;
    if (fs::exists(mark, ignored)) {
        auto root = TRY(open_files_of(module.super, mark));
        root.sweep(link);
        root.finish();
    }
    if (auto files = TRY(open_files(module))) return files;
    auto common = TRY(open_module(module));
    if (!common) return fail(ErrorCode::not_found, "it is not fetched yet");
    // Replaces anything at this path.
    auto root = TRY(open_files_of(module.super, mark));
    TRY(root.make_directory(module.submodule.path));
    const auto admin = module.git_directory() / "worktrees" / module.super.worktree;
    TRY(make_admin(module.place(), admin, module.submodule.commit));
    TRY(root.write_file(link, pointer_to(admin), false));
    root.finish();
    auto files = TRY(open_files(module));
    if (!files)
        return fail(ErrorCode::io, fmt::format("{} cannot be opened", module.place().string()));
    return files;
}

/// `like` is the directory of a release that may have the same files.
Result<void> write_files(const SubmoduleLocation& module, git_repository* repository,
                         const fs::path* like) {
    const auto& commit = module.submodule.commit;
    const auto below = module.below(repository);
    auto tree = TRY(scan(below));
    if (TRY(tree.changes_to(commit)).empty()) {
        tree.root().finish();  // after a killed run
    } else {
        TRY(remove_submodules(tree, below, commit));
        git_repository* raw = nullptr;
        const auto place =
            like == nullptr ? fs::path{}
                            : *like / module.place().lexically_relative(module.super.directory());
        const bool other =
            like != nullptr && git_repository_open_ext(&raw, place.c_str(),
                                                       GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr) == 0;
        const RepositoryHandle handle{raw};
        std::optional<IndexScan> known;
        if (other) known = TRY(IndexScan::scan(raw, TRY(SafeDirectory::open_below(*like, place))));
        TRY(write_tree(repository, std::move(tree), commit, known ? &*known : nullptr));
    }
    return set_head(repository, commit);
}

/// Removes all tracked files that nobody has edited.
Result<void> remove_files(const Superproject& super) {
    auto tree = TRY(scan(super));
    TRY(remove_submodules(tree, super, std::nullopt));
    for (const auto& [path, wanted] : TRY(tree.changes_to(std::nullopt)))
        if (tree.edited().count(path) == 0) TRY(tree.root().remove(path));
    return {};
}

/// Removes the files of a submodule whose `.git` is a file that points into our modules.
Result<void> remove_files_at(const Superproject& super, const std::string& path) {
    const auto place = super.place / path;
    const auto files = TRY(open_at(place));
    if (!files || !is_inside(git_repository_commondir(files.get()), modules_of(super.repository)))
        return {};
    return remove_files(
        {files.get(), super.access, place, super.worktree, super.died, super.directory()});
}

/// Returns true if the commit has the same submodule at this path.
bool stays(const Superproject& super, const std::vector<Submodule>& wanted,
           const std::string& path) {
    const auto found = std::find_if(wanted.begin(), wanted.end(),
                                    [&](const Submodule& each) { return each.path == path; });
    if (found == wanted.end()) return true;  // unknown to .gitmodules: leave it alone
    const auto files = open_files({super, *found});
    return files && *files != nullptr;
}

/// Returns submodules that may have files on disk.
Result<Paths> submodules_on_disk(IndexScan& tree, const std::vector<CommitId>& given_up) {
    Paths found;
    for (std::size_t i = 0; i < git_index_entrycount(tree.index()); ++i)
        if (const auto* const entry = git_index_get_byindex(tree.index(), i);
            entry->mode == GIT_FILEMODE_COMMIT)
            found.insert(entry->path);
    for (const auto& commit : given_up)
        for (const auto& [path, wanted] : TRY(tree.changes_to(commit)))
            if (wanted && wanted->mode == GIT_FILEMODE_COMMIT) found.insert(path);
    return found;
}

/// Removes stale locks in its git directory and in the git directory of its worktree.
Result<void> sweep_module(const SubmoduleLocation& module, git_repository* files) {
    const auto name = BranchName::parse(module.submodule.commit.hex());
    TRY(sweep_locks(module.git_directory(), *name, module.super.died));
    if (files == nullptr) return {};
    return sweep_locks(git_repository_path(files), *name, module.super.died);
}

/// Checks a submodule that has no files yet.
Result<void> check_new(const SubmoduleLocation& module) {
    std::error_code ignored;
    const auto link = module.place() / ".git";
    if (fs::is_directory(fs::symlink_status(link, ignored)))
        return fail(ErrorCode::permission,
                    fmt::format("{} is not a valid repository", link.string()),
                    fmt::format("Run: mv {0} {0}.old", shell_word(link.string())));
    const auto common = TRY(open_module(module));
    if (!common || !has_commit(common.get(), module.submodule.commit)) return {};
    const auto tree = TRY(tree_of(common.get(), module.submodule.commit));
    const auto changes = TRY(tree_changes(common.get(), nullptr, tree.get()));
    const auto beside = std::min<std::size_t>(module.place().string().size() + 2, PATH_MAX);
    TRY(check_commit(common.get(), module.submodule.commit, changes, PATH_MAX - beside));
    if (!has_directory(module)) return {};
    auto root = TRY(SafeDirectory::open_below(module.super.directory(), module.place()));
    return check_writable(root, changes);
}

}  // namespace

Result<void> fetch_submodules(const Superproject& super, const CommitId& commit,
                              const OnProgress& progress) {
    return for_each(super, commit,
                    [&](const SubmoduleLocation& module) -> Result<RepositoryHandle> {
                        TRY(sweep_module(module, nullptr));
                        sweep_objects(module.git_directory());
                        auto repository = TRY(open_module(module));
                        // Register it before its files exist. A submodule that HEAD has but that is
                        // not registered counts as disabled by a user.
                        TRY(register_submodule(module.super.repository, module.submodule));
                        if (repository && has_commit(repository.get(), module.submodule.commit))
                            return repository;
                        if (repository && git_repository_is_shallow(repository.get()) == 1) {
                            repository.reset();
                            TRY(recreate_module(module, "was shallow"));
                            return open_module(module);
                        }
                        if (!repository) repository = TRY(make_module(module));
                        TRY(fetch_pinned(repository.get(), module, progress));
                        return repository;
                    });
}

Result<void> compare_submodules(const Superproject& super, const CommitId& commit,
                                Comparison& comparison) {
    return for_each(super, commit,
                    [&](const SubmoduleLocation& module) -> Result<RepositoryHandle> {
                        auto files = TRY(open_files(module));
                        if (!files || !has_commit(files.get(), module.submodule.commit)) {
                            comparison.tree_is_target = false;
                            comparison.submodules_moved = true;
                            return RepositoryHandle{};
                        }
                        TRY(sweep_module(module, files.get()));
                        const auto head = TRY(commit_at(files.get(), "HEAD"));
                        auto tree = TRY(scan(module.below(files.get())));
                        auto changes = TRY(tree.changes_to(head));
                        if (head) TRY(ignore_recorded_edits(files.get(), tree, *head, changes));
                        comparison.edited += changes.size();
                        if (head != module.submodule.commit) comparison.submodules_moved = true;
                        if (head != module.submodule.commit || !changes.empty())
                            comparison.tree_is_target = false;
                        TRY(tree.save_stats());
                        return files;
                    });
}

Result<std::vector<std::string>> record_submodule_edits(const Superproject& super,
                                                        const CommitId& commit) {
    std::vector<std::string> paths;
    TRY(for_each(super, commit, [&](const SubmoduleLocation& module) -> Result<RepositoryHandle> {
        auto files = TRY(open_files(module));
        if (!files || !has_commit(files.get(), module.submodule.commit)) return files;
        const auto within = module.place().lexically_relative(super.place);
        for (const auto& path : TRY(record_edits(files.get(), module.submodule.commit)))
            paths.push_back((within / path).string());
        return files;
    }));
    return paths;
}

Result<std::vector<std::string>> save_submodule_edits(const Superproject& super, IndexScan& tree,
                                                      const CommitId& commit,
                                                      const std::vector<CommitId>& ours,
                                                      const SaveTo& to) {
    auto lines = TRY(save_edits_below(super.repository, super.place, tree, commit, ours, to));
    TRY(for_each(super, commit, [&](const SubmoduleLocation& module) -> Result<RepositoryHandle> {
        auto repository = TRY(open_module(module));
        const auto& wanted = module.submodule.commit;
        if (!repository || !has_commit(repository.get(), wanted) || !has_directory(module))
            return repository;
        const auto here = repository_at(module.place());
        if (here && has_commit(here.get(), wanted)) return repository;
        for (auto& line : TRY(save_obstacles(repository.get(), wanted, module.place(), to)))
            lines.push_back(std::move(line));
        return repository;
    }));
    return lines;
}

Result<void> check_submodules(const Superproject& super, const CommitId& commit) {
    return for_each(super, commit,
                    [&](const SubmoduleLocation& module) -> Result<RepositoryHandle> {
                        auto files = TRY(open_files(module));
                        if (!files) {
                            TRY(check_new(module));
                            return open_module(module);
                        }
                        if (!has_commit(files.get(), module.submodule.commit))
                            return RepositoryHandle{};
                        auto tree = TRY(scan(module.below(files.get())));
                        const auto changes = TRY(tree.changes_to(module.submodule.commit));
                        if (!changes.empty())
                            TRY(check_tree(files.get(), tree, module.submodule.commit, changes));
                        const auto placeholder = BranchName::parse(module.submodule.commit.hex());
                        TRY(check_references(files.get(), *placeholder));
                        return files;
                    });
}

Result<void> remove_submodules(IndexScan& tree, const Superproject& super,
                               const std::optional<CommitId>& commit,
                               const std::vector<CommitId>& given_up) {
    const auto paths = TRY(submodules_on_disk(tree, given_up));
    if (paths.empty()) return {};
    TreeHandle files;
    std::vector<Submodule> wanted;
    if (commit) files = TRY(tree_of(super.repository, *commit));
    if (commit) wanted = TRY(submodules_of(super.repository, *commit, super.access));
    for (const auto& path : paths) {
        const auto entry = TRY(tree_entry_at(files.get(), path));
        if (entry && entry->mode == GIT_FILEMODE_COMMIT && stays(super, wanted, path)) continue;
        const auto link = TRY(tree.root().status_of(path + "/.git"));
        // A complete repository in it is a user's; git leaves it alone too.
        if (!link || !S_ISREG(link->st_mode)) continue;
        // A failure here must not stop the deployment.
        if (const auto removed = remove_files_at(super, path); !removed)
            log::problem(log::Level::warning,
                         "remove the files of the submodule " + printable(path, 100),
                         removed.error());
        TRY(tree.root().remove(path + "/.git"));
    }
    return {};
}

Result<void> write_submodules(const Superproject& super, const CommitId& commit,
                              const fs::path* like) {
    bool written = false;
    TRY(for_each(super, commit, [&](const SubmoduleLocation& module) -> Result<RepositoryHandle> {
        auto files = TRY(files_of(module));
        TRY(sweep_module(module, files.get()));
        TRY(write_files(module, files.get(), like));
        TRY(register_submodule(module.super.repository, module.submodule));
        written = true;
        return files;
    }));
    if (!written) return {};
    return file::sync_file_system(git_repository_commondir(super.repository));
}

std::vector<fs::path> worktrees_of_submodules(const Superproject& super, const CommitId& commit) {
    std::vector<fs::path> found;
    (void)for_each(super, commit, [&](const SubmoduleLocation& module) -> Result<RepositoryHandle> {
        auto files = TRY(open_files(module));
        if (files && git_repository_is_worktree(files.get()) == 1)
            found.emplace_back(git_repository_path(files.get()));
        return files;
    });
    return found;
}

}  // namespace inhaul::git
