// SPDX-License-Identifier: Apache-2.0
#include "rebuild.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

#include <git/repository/open_repository.hpp>
#include <git/repository/own_names.hpp>
#include <git/repository/tree.hpp>
#include "kept_refs.hpp"

namespace inhaul::git {
namespace {

constexpr auto building = "inhaul.building";
constexpr std::string_view damaged_name{"inhaul-damaged"};
// Marks the new repository from before the exchange. Without it, a repository beside the app's is
// not inhaul's.
constexpr auto rebuilt = "inhaul.rebuilt";
// Marks a replaced repository whose contents are all in the new one.
constexpr auto redundant = "inhaul.redundant";
constexpr std::size_t most_redundant = 2;

fs::path path_beside(const fs::path& git_directory) {
    return git_directory.string() + ".inhaul";
}

/// Creates a bare repository, so that libgit2 does not look for a working tree beside it.
Result<RepositoryHandle> make_empty(const fs::path& path, const BranchName& branch) {
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags = GIT_REPOSITORY_INIT_MKDIR | GIT_REPOSITORY_INIT_BARE;
    options.initial_head = branch.text().c_str();
    git_repository* raw = nullptr;
    TRY(checked(git_repository_init_ext(&raw, path.c_str(), &options),
                "create a repository in " + path.string()));
    return RepositoryHandle{raw};
}

bool can_be_read(const fs::path& config) {
    std::error_code ignored;
    if (fs::file_size(config, ignored) == 0) return false;
    git_config* raw = nullptr;
    const bool good = git_config_open_ondisk(&raw, config.c_str()) == 0;
    const ConfigHandle handle{raw};
    return good;
}

/// Copies the old configuration if it is readable; otherwise writes the configuration of a new
/// checkout.
Result<void> copy_configuration(const RebuildRequest& what, const fs::path& to,
                                git_repository* repository) {
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

/// Sets HEAD as in the old repository, if its commit was copied.
Result<void> restore_head(const RebuildRequest& what, git_repository* repository) {
    constexpr std::size_t largest_head = 4096;
    constexpr std::string_view to_branch{"ref: "};
    const auto text = file::read(what.git_directory / "HEAD", largest_head);
    const std::string value{text ? trimmed(*text) : std::string_view{}};
    if (value.starts_with(to_branch)) {
        const auto ref = value.substr(to_branch.size());
        if (const auto at = commit_at(repository, ref.c_str()); at && *at)
            return checked(git_repository_set_head(repository, ref.c_str()), "set HEAD");
    } else if (const auto at = CommitId::parse(value); at && has_commit(repository, *at)) {
        const auto id = oid_from(*at);
        return checked(git_repository_set_head_detached(repository, &id), "set HEAD");
    }
    // Otherwise assume the last deployed commit: its files are on disk.
    const auto live = TRY(commit_at(repository, own_refs::live));
    if (!live) return {};
    TRY(set_ref(repository, what.branch.ref(), *live, "inhaul: recreate"));
    return checked(git_repository_set_head(repository, what.branch.ref().c_str()), "set HEAD");
}

/// Fills the index, so that unchanged files are not taken for local edits.
Result<void> fill_index(const RebuildRequest& what, git_repository* repository) {
    if (what.bare) return {};  // each worktree has a HEAD and an index of its own
    TRY(restore_head(what, repository));
    const auto head = TRY(commit_at(repository, "HEAD"));
    if (!head) return {};
    const auto tree = TRY(tree_of(repository, *head));
    git_index* raw = nullptr;
    TRY(checked(git_repository_index(&raw, repository), "open the index"));
    const IndexHandle index{raw};
    TRY(checked(git_index_read_tree(raw, tree.get()), "read the commit into the index"));
    return checked(git_index_write(raw), "write the index");
}

/// Crash point: the old repository is in place before it, the new one after it.
Result<void> exchange(const fs::path& one, const fs::path& other) {
    if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0)
        return {};
    return fail(system_error(errno, fmt::format("move {} into place", other.string())));
}

bool is_damaged_copy(const fs::path& entry) {
    return entry.filename().string().starts_with(damaged_name);
}

std::vector<fs::path> damaged_copies_in(const fs::path& directory) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error))
        if (is_damaged_copy(entry->path())) found.push_back(entry->path());
    return found;
}

/// Returns a free name: `inhaul-damaged`, `inhaul-damaged-2`, …
fs::path free_place(const fs::path& git_directory) {
    auto place = git_directory / damaged_name;
    std::error_code ignored;
    for (int number = 2; fs::exists(place, ignored); ++number)
        place = git_directory / fmt::format("{}-{}", damaged_name, number);
    return place;
}

/// Keeps the disk from filling up if it fails repeatedly. Keeps repositories with unique contents.
void remove_redundant(const fs::path& git_directory) {
    std::error_code ignored;
    std::vector<std::pair<fs::file_time_type, fs::path>> found;
    for (const auto& place : damaged_copies_in(git_directory))
        if (fs::exists(place / redundant, ignored))
            found.emplace_back(fs::last_write_time(place / redundant, ignored), place);
    std::sort(found.begin(), found.end());
    for (std::size_t i = 0; i + most_redundant < found.size(); ++i)
        fs::remove_all(found[i].second, ignored);
}

/// Moves the replaced repository, and the repositories that earlier rebuilds replaced, into the new
/// repository.
fs::path keep_damaged(const fs::path& other, const fs::path& git_directory) {
    std::error_code ignored;
    for (const auto& earlier : damaged_copies_in(other))
        if (!fs::exists(git_directory / earlier.filename(), ignored))
            fs::rename(earlier, git_directory / earlier.filename(), ignored);
    auto place = free_place(git_directory);
    fs::rename(other, place, ignored);
    remove_redundant(git_directory);
    return place;
}

}  // namespace

std::optional<fs::path> finish_rebuilding(const fs::path& git_directory) {
    const auto other = path_beside(git_directory);
    std::error_code ignored;
    const bool exchanged = fs::exists(git_directory / rebuilt, ignored);
    if (!fs::is_directory(fs::symlink_status(other, ignored))) {
        if (exchanged) fs::remove(git_directory / rebuilt, ignored);
        return std::nullopt;
    }
    if (!exchanged) {
        if (fs::exists(other / building, ignored) || fs::exists(other / rebuilt, ignored))
            fs::remove_all(other, ignored);
        return std::nullopt;
    }
    // Submodules are separate repositories; worktrees have only an index and a HEAD.
    for (const auto name : moved_as_they_are)
        if (!fs::exists(git_directory / name, ignored))
            fs::rename(other / name, git_directory / name, ignored);
    auto place = keep_damaged(other, git_directory);
    fs::remove(git_directory / rebuilt, ignored);
    return place;
}

Result<void> rebuild(const RebuildRequest& what, const FetchObjects& fill) {
    const auto other = path_beside(what.git_directory);
    (void)finish_rebuilding(what.git_directory);
    ::rmdir(other.c_str());  // a kill at this point leaves an empty one
    if (::mkdir(other.c_str(), 0755) != 0)
        return fail(system_error(errno, "create the directory " + other.string()));
    TRY(file::write_unsynced(other / building, "", 0600));
    {
        const auto repository = TRY(make_empty(other, what.branch));
        TRY(fill(repository.get()));
    }
    const bool all =
        copy_unique_data(what.git_directory, other) && can_be_read(what.git_directory / "config");
    git_repository* raw = nullptr;
    TRY(checked(git_repository_open_bare(&raw, other.c_str()), "open " + other.string()));
    {
        const RepositoryHandle repository{raw};
        TRY(fill_index(what, raw));
        TRY(copy_configuration(what, other, raw));
    }
    TRY(file::write_unsynced(other / rebuilt, "", 0600));
    std::error_code ignored;
    if (all) TRY(file::write_unsynced(what.git_directory / redundant, "", 0600));
    fs::remove(other / building, ignored);
    TRY(file::sync_file_system(other));
    TRY(exchange(what.git_directory, other));
    const auto place = finish_rebuilding(what.git_directory);
    log::warning(
        fmt::format("the repository {}, and was recreated{}", what.why,
                    all ? "" : "; the old repository keeps the data that could not be copied"),
        {{"directory", what.git_directory.parent_path().string()},
         {"damaged", place ? place->string() : std::string{}}});
    return {};
}

}  // namespace inhaul::git
