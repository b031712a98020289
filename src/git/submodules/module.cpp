// SPDX-License-Identifier: Apache-2.0
#include "module.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sys/stat.h>

#include <inhaul/util/limits.hpp>
#include <inhaul/util/text.hpp>

#include <git/repair/rebuild.hpp>
#include <git/transport/fetching.hpp>
#include "active_submodule.hpp"

namespace inhaul::git {
namespace {

bool leads_to(const char* one, const fs::path& other) {
    std::error_code error;
    return one != nullptr && fs::equivalent(one, other, error) && !error;
}

/// Refuses a path inside the git directory of another submodule.
Result<void> check_free(const SubmoduleLocation& module) {
    const auto modules = modules_of(module.super.repository);
    std::error_code ignored;
    for (auto above = module.git_directory().parent_path();
         above != modules && above.has_relative_path(); above = above.parent_path())
        if (fs::exists(above / "HEAD", ignored))
            return fail(
                ErrorCode::refused,
                fmt::format("the submodule's name leads into the repository {}", above.string()));
    return {};
}

bool is_damage(const Result<void>& result) {
    return !result && result.error().code == ErrorCode::corrupt;
}

}  // namespace

fs::path modules_of(git_repository* repository) {
    return fs::path{git_repository_commondir(repository)} / "modules";
}

Result<SafeDirectory> open_files_of(const Superproject& super, fs::path mark) {
    return SafeDirectory::open_below(super.directory(), super.place, std::move(mark));
}

bool has_directory(const SubmoduleLocation& module) {
    auto root = open_files_of(module.super);
    const auto found =
        root ? root->status_of(module.submodule.path) : Result<std::optional<struct ::stat>>{};
    return found && *found && S_ISDIR((*found)->st_mode);
}

bool is_inside(const fs::path& path, const fs::path& directory) {
    std::error_code error;
    const auto inner = fs::canonical(path, error);
    const auto outer = error ? fs::path{} : fs::canonical(directory, error);
    return !error && std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first ==
                         outer.end();
}

fs::path SubmoduleLocation::git_directory() const {
    return modules_of(super.repository) / submodule.name;
}

Error SubmoduleLocation::with_context(Error error) const {
    if (error.code == ErrorCode::corrupt) {
        error.code = ErrorCode::io;
        error.hint = fmt::format("To let inhaul fetch it again, run: rm -r {}",
                                 shell_word(git_directory().string()));
    }
    return std::move(error).within(fmt::format("submodule {}", printable(submodule.path, 100)));
}

bool has_files(const SubmoduleLocation& module) {
    std::error_code ignored;
    return has_directory(module) && fs::exists(module.place() / ".git", ignored);
}

Result<RepositoryHandle> open_at(const fs::path& place) {
    git_repository* raw = nullptr;
    const int code =
        git_repository_open_ext(&raw, place.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
    RepositoryHandle repository{raw};
    if (code == GIT_ENOTFOUND) return RepositoryHandle{};  // removed: recreate it
    TRY(checked(code, "open " + place.string()));
    if (!leads_to(git_repository_workdir(raw), place)) return RepositoryHandle{};
    return repository;
}

Result<RepositoryHandle> open_files(const SubmoduleLocation& module) {
    if (!has_files(module)) return RepositoryHandle{};
    auto repository = TRY(open_at(module.place()));
    std::error_code ignored;
    const auto link = fs::symlink_status(module.place() / ".git", ignored);
    if (!repository || fs::is_directory(link)) return repository;
    if (!leads_to(git_repository_commondir(repository.get()), module.git_directory()))
        return RepositoryHandle{};
    return repository;
}

Result<RepositoryHandle> make_module(const SubmoduleLocation& module) {
    TRY(check_free(module));
    const auto path = module.git_directory();
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags = GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_BARE;
    git_repository* raw = nullptr;
    TRY(checked(git_repository_init_ext(&raw, path.c_str(), &options),
                "create a repository in " + path.string()));
    return RepositoryHandle{raw};
}

Result<RepositoryHandle> open_module(const SubmoduleLocation& module) {
    if (auto files = TRY(open_files(module))) return files;
    std::error_code ignored;
    if (!fs::exists(module.git_directory() / "HEAD", ignored)) return RepositoryHandle{};
    git_repository* raw = nullptr;
    TRY(checked(git_repository_open_bare(&raw, module.git_directory().c_str()),
                "open " + module.git_directory().string()));
    return RepositoryHandle{raw};
}

Result<void> fetch_pinned(git_repository* repository, const SubmoduleLocation& module,
                          const OnProgress& progress) {
    auto fetched =
        fetch_commit(repository, module.submodule.access, module.submodule.commit, progress);
    if (fetched) return {};
    auto& error = fetched.error();
    const bool unknown =
        error.code == ErrorCode::authentication || error.code == ErrorCode::not_found;
    if (unknown)
        error.hint = fmt::format(
            "{}{}A deploy key reads one repository only. Use a token that reads all of them, or "
            "set submodules = false.",
            error.hint, error.hint.empty() ? "" : " ");
    return fail(std::move(error));
}

Result<void> recreate_module(const SubmoduleLocation& module, const char* why) {
    std::error_code ignored;
    auto git_directory = module.place() / ".git";
    if (!has_directory(module) || !fs::is_directory(fs::symlink_status(git_directory, ignored)))
        git_directory = module.git_directory();
    // A user's own repository has an index and a working tree; inhaul's have worktrees.
    const bool bare = !fs::exists(git_directory / "index", ignored);
    const auto name = BranchName::parse(module.submodule.commit.hex());
    const OnProgress no_progress;
    return rebuild(
        {git_directory, bare, *name, module.submodule.access.url, why},
        [&](git_repository* repository) { return fetch_pinned(repository, module, no_progress); });
}

namespace {

/// The limits end recursion and repeated references, and are higher than any real repository needs.
Result<void> walk(const Superproject& super, const CommitId& commit, const ActOnModule& act,
                  int depth, std::size_t& count) {
    for (const auto& submodule : TRY(submodules_of(super.repository, commit, super.access))) {
        const SubmoduleLocation module{super, submodule};
        if (!TRY(is_active(super.repository, submodule, has_files(module)))) continue;
        if (++count > limits::submodules)
            return fail(ErrorCode::refused,
                        fmt::format("the commit has more than {} submodules, including nested ones",
                                    limits::submodules),
                        "Set submodules = false.");
        if (depth == limits::submodules_deep)
            return fail(ErrorCode::refused,
                        fmt::format("{}: submodules are nested deeper than {} levels",
                                    module.place().string(), limits::submodules_deep));
        const auto once = [&]() -> Result<void> {
            const auto repository = TRY(act(module));
            if (!repository) return {};
            return walk(module.below(repository.get()), submodule.commit, act, depth + 1, count);
        };
        (void)finish_rebuilding(module.git_directory());
        auto done = once();
        if (is_damage(done)) done = once();
        if (is_damage(done)) {
            done = recreate_module(module, "was damaged");
            if (done) done = once();
        }
        if (!done) return fail(module.with_context(std::move(done.error())));
    }
    return {};
}

}  // namespace

Result<void> for_each(const Superproject& super, const CommitId& commit, const ActOnModule& act) {
    std::size_t count = 0;
    return walk(super, commit, act, 0, count);
}

}  // namespace inhaul::git
