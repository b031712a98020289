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

constexpr auto beside = ".git.inhaul";
constexpr auto building = "inhaul.building";
constexpr auto kept = "inhaul-damaged";

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
Result<void> take_along(const fs::path& from, const fs::path& to, git_repository* repository,
                        const BranchName& branch, const std::string& url) {
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
    TRY(configure_new(repository, branch, url));
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
Result<void> check_in(git_repository* repository, const BranchName& branch,
                      const std::optional<CommitId>& live) {
    if (!live || !has_commit(repository, *live)) return {};
    TRY(set_ref(repository, branch.ref(), *live, "inhaul: made anew"));
    TRY(set_ref(repository, live_ref, *live, "inhaul: made anew"));
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

void finish_rebuilding(const fs::path& directory) {
    const auto other = directory / beside;
    std::error_code ignored;
    if (!fs::is_directory(fs::symlink_status(other, ignored))) return;
    if (fs::exists(other / building, ignored)) {
        fs::remove_all(other, ignored);
        return;
    }
    const auto place = directory / ".git" / kept;
    fs::remove_all(place, ignored);
    fs::remove_all(other / kept, ignored);
    fs::rename(other, place, ignored);
}

Result<void> rebuild(const fs::path& directory, const BranchName& branch, const std::string& url,
                     const Fill& fill) {
    const auto git_directory = directory / ".git";
    const auto other = directory / beside;
    finish_rebuilding(directory);
    TRY(file::make_directories(other, 0755));
    TRY(file::write_unsynced(other / building, "", 0600));
    {
        const auto repository = TRY(make_empty(other, branch));
        TRY(fill(repository.get()));
        TRY(check_in(repository.get(), branch, live_commit(git_directory)));
        TRY(take_along(git_directory, other, repository.get(), branch, url));
    }
    std::error_code ignored;
    fs::remove(other / building, ignored);
    TRY(file::sync_file_system(other));
    TRY(exchange(git_directory, other));
    finish_rebuilding(directory);
    log::warning("the repository was damaged, and was made anew",
                 {{"directory", directory.string()}, {"damaged", (git_directory / kept).string()}});
    return {};
}

}  // namespace inhaul::git
