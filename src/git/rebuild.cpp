#include "rebuild.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

#include "opening.hpp"
#include "tree.hpp"

namespace inhaul::git {
namespace {

constexpr auto building = "inhaul.building";
constexpr auto kept = "inhaul-damaged";

fs::path beside(const fs::path& git_directory) {
    return git_directory.string() + ".inhaul";
}

/// What libgit2 makes of it is told by a repository without files: only that keeps it from looking
/// for its files beside it.
Result<RepositoryHandle> make_empty(const fs::path& path, const BranchName& branch) {
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags = GIT_REPOSITORY_INIT_MKDIR | GIT_REPOSITORY_INIT_BARE;
    options.initial_head = branch.text().c_str();
    git_repository* raw = nullptr;
    TRY(checked(git_repository_init_ext(&raw, path.c_str(), &options),
                "make a repository in " + path.string()));
    return RepositoryHandle{raw};
}

bool can_be_read(const fs::path& config) {
    git_config* raw = nullptr;
    const bool good = git_config_open_ondisk(&raw, config.c_str()) == 0;
    const ConfigHandle handle{raw};
    return good;
}

/// A person's configuration, or that of a new checkout.
Result<void> take_along(const Rebuilt& what, const fs::path& to, git_repository* repository) {
    const auto& from = what.git_directory;
    std::error_code ignored;
    for (const auto* const name : {"hooks", "info"})
        fs::copy(from / name, to / name,
                 fs::copy_options::recursive | fs::copy_options::copy_symlinks |
                     fs::copy_options::overwrite_existing,
                 ignored);
    if (fs::exists(from / "config", ignored) && can_be_read(from / "config")) {
        std::error_code error;
        fs::copy_file(from / "config", to / "config", fs::copy_options::overwrite_existing, error);
        if (error) return fail(system_error(error.value(), "copy the configuration"));
        return {};
    }
    if (what.bare) return {};
    TRY(configure_new(repository, what.branch, what.url));
    git_config* raw = nullptr;
    TRY(checked(git_repository_config(&raw, repository), "open the configuration"));
    const ConfigHandle config{raw};
    return checked(git_config_set_bool(raw, "core.bare", 0), "set core.bare");
}

/// What was deployed last, as the old one says; a file of 41 bytes survives much.
std::optional<CommitId> live_commit(const fs::path& git_directory) {
    constexpr std::size_t largest_ref = 256;
    const auto text = file::read(git_directory / live_ref, largest_ref);
    return text ? CommitId::parse(trimmed(*text)) : std::nullopt;
}

/// So that the files on disk are known for what they are, and not taken for somebody's.
Result<void> check_in(const Rebuilt& what, git_repository* repository) {
    const auto live = live_commit(what.git_directory);
    if (!live || !has_commit(repository, *live)) return {};
    TRY(set_ref(repository, live_ref, *live, "inhaul: made anew"));
    if (what.bare) return {};  // each worktree has an index of its own
    TRY(set_ref(repository, what.branch.ref(), *live, "inhaul: made anew"));
    const auto tree = TRY(tree_of(repository, *live));
    git_index* raw = nullptr;
    TRY(checked(git_repository_index(&raw, repository), "open the index"));
    const IndexHandle index{raw};
    TRY(checked(git_index_read_tree(raw, tree.get()), "read the commit into the index"));
    return checked(git_index_write(raw), "write the index");
}

/// Crash point: before it the old one is there, after it the new.
Result<void> exchange(const fs::path& one, const fs::path& other) {
    if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0)
        return {};
    return fail(system_error(errno, fmt::format("put {} in place", other.string())));
}

}  // namespace

void finish_rebuilding(const fs::path& git_directory) {
    const auto other = beside(git_directory);
    std::error_code ignored;
    if (!fs::is_directory(fs::symlink_status(other, ignored))) return;
    if (fs::exists(other / building, ignored)) {
        fs::remove_all(other, ignored);
        return;
    }
    // Of submodules, which are repositories of their own, none was found damaged; and what is in
    // worktrees are an index and a HEAD each.
    for (const auto* const name : {"modules", "worktrees"})
        if (!fs::exists(git_directory / name, ignored))
            fs::rename(other / name, git_directory / name, ignored);
    const auto place = git_directory / kept;
    fs::remove_all(place, ignored);
    fs::remove_all(other / kept, ignored);
    fs::rename(other, place, ignored);
}

Result<void> rebuild(const Rebuilt& what, const Fill& fill) {
    const auto other = beside(what.git_directory);
    finish_rebuilding(what.git_directory);
    TRY(file::make_directories(other, 0755));
    TRY(file::write_unsynced(other / building, "", 0600));
    {
        const auto repository = TRY(make_empty(other, what.branch));
        TRY(fill(repository.get()));
        TRY(check_in(what, repository.get()));
        TRY(take_along(what, other, repository.get()));
    }
    std::error_code ignored;
    fs::remove(other / building, ignored);
    TRY(file::sync_file_system(other));
    TRY(exchange(what.git_directory, other));
    finish_rebuilding(what.git_directory);
    log::warning("the repository was damaged, and was made anew",
                 {{"directory", what.git_directory.parent_path().string()},
                  {"damaged", (what.git_directory / kept).string()}});
    return {};
}

}  // namespace inhaul::git
