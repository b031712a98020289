#include "submodules.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include "fetching.hpp"
#include "gitmodules.hpp"
#include "left_overs.hpp"
#include "local_edits.hpp"
#include "opening.hpp"
#include "packs.hpp"
#include "switch.hpp"
#include "tree.hpp"
#include "worktree.hpp"

namespace inhaul::git {
namespace {

// Of submodules of submodules: more than anybody has, and an end for those that name themselves.
constexpr int deepest = 10;

fs::path modules_of(git_repository* repository) {
    return fs::path{git_repository_commondir(repository)} / "modules";
}

/// One submodule, and where things of it are.
struct Module {
    const Superproject& super;
    const Submodule& submodule;

    [[nodiscard]] fs::path place() const { return super.place / submodule.path; }
    [[nodiscard]] fs::path git_directory() const {
        return modules_of(super.repository) / submodule.name;
    }
    /// For the walk into its own submodules.
    [[nodiscard]] Superproject below(git_repository* repository) const {
        return {repository, submodule.access, place(), super.worktree, super.died};
    }
    /// Damage here is none of the superproject's, which must not be made anew for it.
    [[nodiscard]] Error about(Error error) const {
        if (error.code == ErrorCode::corrupt) {
            error.code = ErrorCode::io;
            error.hint = fmt::format("Remove {}: it is fetched anew.", git_directory().string());
        }
        return std::move(error).within(
            fmt::format("the submodule {}", printable(submodule.path, 100)));
    }
};

/// A directory below the place with nothing but directories on the way, as a checkout leaves it.
bool has_directory(const Module& module) {
    auto root = Root::open(module.super.place);
    const auto found =
        root ? root->look_at(module.submodule.path) : Result<std::optional<struct ::stat>>{};
    return found && *found && S_ISDIR((*found)->st_mode);
}

/// The repository that has its files; nothing where none has yet.
Result<RepositoryHandle> open_files(const Module& module) {
    std::error_code ignored;
    if (!has_directory(module) || !fs::exists(module.place() / ".git", ignored))
        return RepositoryHandle{};
    git_repository* raw = nullptr;
    const int code = git_repository_open_ext(&raw, module.place().c_str(),
                                             GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
    RepositoryHandle repository{raw};
    if (code == GIT_ENOTFOUND) return RepositoryHandle{};  // it was removed: to be made anew
    TRY(checked(code, "open " + module.place().string()));
    return repository;
}

/// Another repository's own directory is no place for one.
Result<void> check_free(const Module& module) {
    const auto modules = modules_of(module.super.repository);
    std::error_code ignored;
    for (auto above = module.git_directory().parent_path();
         above != modules && above.has_relative_path(); above = above.parent_path())
        if (fs::exists(above / "HEAD", ignored))
            return fail(
                ErrorCode::refused,
                fmt::format("{} is a repository, and its name leads into it", above.string()));
    return {};
}

Result<RepositoryHandle> make_module(const Module& module) {
    TRY(check_free(module));
    const auto path = module.git_directory();
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags = GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_BARE;
    git_repository* raw = nullptr;
    TRY(checked(git_repository_init_ext(&raw, path.c_str(), &options),
                "make a repository in " + path.string()));
    return RepositoryHandle{raw};
}

/// The repository that has its objects; nothing where none has yet.
Result<RepositoryHandle> open_module(const Module& module) {
    if (auto files = TRY(open_files(module))) return files;
    std::error_code ignored;
    if (!fs::exists(module.git_directory() / "HEAD", ignored)) return RepositoryHandle{};
    git_repository* raw = nullptr;
    TRY(checked(git_repository_open_bare(&raw, module.git_directory().c_str()),
                "open " + module.git_directory().string()));
    return RepositoryHandle{raw};
}

/// Does something for each submodule of a commit: first for the outer, then for the inner ones.
/// `act` returns the repository that has its objects; with nothing, its own are left out.
template <class Act>
Result<void> for_each(const Superproject& super, const CommitId& commit, const Act& act,
                      int depth = 0) {
    for (const auto& submodule : TRY(submodules_of(super.repository, commit, super.access))) {
        const Module module{super, submodule};
        if (depth == deepest)
            return fail(ErrorCode::refused,
                        fmt::format("{}: submodules of submodules go deeper than {}",
                                    module.place().string(), deepest));
        auto repository = act(module);
        if (!repository) return fail(module.about(std::move(repository.error())));
        if (!*repository) continue;
        const auto below =
            for_each(module.below(repository->get()), submodule.commit, act, depth + 1);
        if (!below) return fail(module.about(below.error()));
    }
    return {};
}

Result<void> fetch_pinned(git_repository* repository, const Module& module,
                          const OnProgress& progress) {
    auto fetched =
        fetch_commit(repository, module.submodule.access, module.submodule.commit, progress);
    if (fetched) return {};
    auto& error = fetched.error();
    const bool unknown =
        error.code == ErrorCode::authentication || error.code == ErrorCode::not_found;
    if (unknown)
        error.hint = fmt::format(
            "{}{}A deploy key is for one repository only, a token may be for "
            "several. Without submodules: submodules = false.",
            error.hint, error.hint.empty() ? "" : " ");
    return fail(std::move(error));
}

/// A person's `git submodule status` sees them, and `git submodule update` finds them.
Result<void> make_known(git_repository* repository, const Submodule& submodule) {
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

/// The repository that has, or is to have, its files.
Result<RepositoryHandle> files_of(const Module& module) {
    if (auto files = TRY(open_files(module))) return files;
    auto common = TRY(open_module(module));
    if (!common) return fail(ErrorCode::not_found, "it has not been fetched");
    const auto admin = module.git_directory() / "worktrees" / module.super.worktree;
    TRY(make_worktree(module.place(), admin, module.submodule.commit));
    auto files = TRY(open_files(module));
    if (!files)
        return fail(ErrorCode::io, fmt::format("{} cannot be opened", module.place().string()));
    return files;
}

Result<void> write_files(git_repository* repository, const CommitId& commit, const fs::path* like) {
    auto tree = TRY(WorkTree::look(repository));
    if (!TRY(tree.changes_to(commit)).empty()) {
        TRY(remove_submodules(tree, repository, commit));
        git_repository* raw = nullptr;
        const bool other =
            like != nullptr && git_repository_open_ext(&raw, like->c_str(),
                                                       GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr) == 0;
        const RepositoryHandle handle{raw};
        std::optional<WorkTree> known;
        if (other) known = TRY(WorkTree::look(raw));
        TRY(write_tree(repository, std::move(tree), commit, known ? &*known : nullptr));
    }
    if (TRY(commit_at(repository, "HEAD")) == commit) return {};
    const auto oid = oid_from(commit);
    return checked(git_repository_set_head_detached(repository, &oid), "set HEAD");
}

/// Everything in it that is tracked and that nobody has edited.
Result<void> remove_files(git_repository* repository) {
    auto tree = TRY(WorkTree::look(repository));
    TRY(remove_submodules(tree, repository, std::nullopt));
    for (const auto& [path, wanted] : TRY(tree.changes_to(std::nullopt)))
        if (tree.edited().count(path) == 0) TRY(tree.root().remove(path));
    return {};
}

}  // namespace

Result<void> fetch_submodules(const Superproject& super, const CommitId& commit,
                              const OnProgress& progress) {
    return for_each(super, commit, [&](const Module& module) -> Result<RepositoryHandle> {
        const auto name = BranchName::parse(module.submodule.commit.hex());
        std::error_code ignored;
        if (fs::exists(module.git_directory(), ignored)) {
            TRY(sweep_locks(module.git_directory(), *name, super.died));
            sweep_objects(module.git_directory());
            TRY(gather_packs(module.git_directory()));
        }
        auto repository = TRY(open_module(module));
        if (repository && has_commit(repository.get(), module.submodule.commit)) return repository;
        if (!repository) repository = TRY(make_module(module));
        TRY(fetch_pinned(repository.get(), module, progress));
        return repository;
    });
}

Result<void> compare_submodules(const Superproject& super, const CommitId& commit,
                                Comparison& comparison) {
    return for_each(super, commit, [&](const Module& module) -> Result<RepositoryHandle> {
        auto files = TRY(open_files(module));
        if (!files || !has_commit(files.get(), module.submodule.commit)) {
            comparison.tree_is_target = false;
            return RepositoryHandle{};
        }
        const auto head = TRY(commit_at(files.get(), "HEAD"));
        auto tree = TRY(WorkTree::look(files.get()));
        comparison.edited += TRY(tree.changes_to(head)).size();
        if (head != module.submodule.commit ||
            !TRY(tree.changes_to(module.submodule.commit)).empty())
            comparison.tree_is_target = false;
        TRY(tree.save_looks());
        return files;
    });
}

Result<std::vector<std::string>> save_submodule_edits(const Superproject& super,
                                                      const CommitId& commit,
                                                      const fs::path& directory) {
    std::vector<std::string> lines;
    TRY(for_each(super, commit, [&](const Module& module) -> Result<RepositoryHandle> {
        auto files = TRY(open_files(module));
        if (!files || !has_commit(files.get(), module.submodule.commit)) return files;
        auto tree = TRY(WorkTree::look(files.get()));
        const auto nobodys = BranchName::parse(module.submodule.commit.hex());
        const auto path = module.place().lexically_relative(super.place).string();
        for (const auto& line :
             TRY(save_edits(files.get(), tree, *nobodys, module.submodule.commit, directory)))
            lines.push_back(fmt::format("in the submodule {}: {}", printable(path, 200), line));
        return files;
    }));
    return lines;
}

Result<void> remove_submodules(WorkTree& tree, git_repository* repository,
                               const std::optional<CommitId>& commit) {
    TreeHandle wanted;
    if (commit) wanted = TRY(tree_of(repository, *commit));
    const fs::path place{git_repository_workdir(repository)};
    for (std::size_t i = 0; i < git_index_entrycount(tree.index()); ++i) {
        const auto* const entry = git_index_get_byindex(tree.index(), i);
        if (entry->mode != GIT_FILEMODE_COMMIT) continue;
        const std::string path{entry->path};
        const auto there = TRY(wanted_at(wanted.get(), path));
        if (there && there->mode == GIT_FILEMODE_COMMIT) continue;
        const auto link = TRY(tree.root().look_at(path + "/.git"));
        // A whole repository in it is not ours, and git lets it be as well.
        if (!link || !S_ISREG(link->st_mode)) continue;
        git_repository* raw = nullptr;
        const int code = git_repository_open_ext(&raw, (place / path).c_str(),
                                                 GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
        const RepositoryHandle files{raw};
        if (code == 0) TRY_WITHIN("the submodule " + printable(path, 100), remove_files(raw));
        TRY(tree.root().remove(path + "/.git"));
    }
    return {};
}

Result<void> write_submodules(const Superproject& super, const CommitId& commit,
                              const fs::path* like) {
    bool written = false;
    TRY(for_each(super, commit, [&](const Module& module) -> Result<RepositoryHandle> {
        auto files = TRY(files_of(module));
        const auto name = BranchName::parse(module.submodule.commit.hex());
        TRY(sweep_locks(git_repository_path(files.get()), *name, super.died));
        const auto within = module.place().lexically_relative(super.place);
        const auto other = like == nullptr ? fs::path{} : *like / within;
        TRY(write_files(files.get(), module.submodule.commit, like == nullptr ? nullptr : &other));
        TRY(make_known(module.super.repository, module.submodule));
        written = true;
        return files;
    }));
    if (!written) return {};
    return file::sync_file_system(git_repository_commondir(super.repository));
}

std::vector<fs::path> worktrees_of_submodules(const Superproject& super, const CommitId& commit) {
    std::vector<fs::path> found;
    (void)for_each(super, commit, [&](const Module& module) -> Result<RepositoryHandle> {
        auto files = TRY(open_files(module));
        if (files && git_repository_is_worktree(files.get()) == 1)
            found.emplace_back(git_repository_path(files.get()));
        return files;
    });
    return found;
}

}  // namespace inhaul::git
