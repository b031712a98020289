// SPDX-License-Identifier: Apache-2.0
#include "open_repository.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/util/guard.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

#include <git/repair/rebuild.hpp>
#include <git/repair/stale_files.hpp>
#include "own_names.hpp"
#include "supported_checkout.hpp"

namespace inhaul::git {
namespace {

tl::unexpected<Error> refused(std::string message, std::string hint) {
    return fail(ErrorCode::refused, std::move(message), std::move(hint));
}

Result<void> check_owner(const fs::path& path) {
    struct ::stat info {};
    if (::lstat(path.c_str(), &info) != 0)
        return fail(system_error(errno, "inspect " + path.string()));
    if (info.st_uid == ::geteuid()) return {};
    return refused(
        fmt::format("{} belongs to another account (user {})", path.string(), info.st_uid),
        "Run inhaul as the account that owns it.");
}

/// Creates the directory if it is missing, and checks that it belongs to this account. Runs at each
/// opening: an account that can change a parent directory could substitute another repository.
Result<void> take_directory(const fs::path& directory) {
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(directory, ignored))) TRY(check_owner(directory));
    (void)TRY(guard::open_nearest(directory, ::geteuid()));
    if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST)
        return fail(system_error(errno, "create the directory " + directory.string()));
    TRY(check_owner(directory));
    (void)TRY(guard::open(directory, ::geteuid()));
    return {};
}

Result<std::vector<std::string>> names_in(const fs::path& directory) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error))
        names.push_back(entry->path().filename().string());
    if (error) return fail(system_error(error.value(), "list " + directory.string()));
    std::sort(names.begin(), names.end());
    return names;
}

std::string first_of(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 3); ++i)
        text += (i == 0 ? "" : ", ") + printable(names[i], 60);
    return names.size() > 3 ? text + ", …" : text;
}

/// Checks that the directory is a checkout or empty.
Result<void> check_content(const fs::path& directory) {
    const auto names = TRY(names_in(directory));
    std::error_code ignored;
    const auto git_entry = directory / ".git";
    const auto status = fs::symlink_status(git_entry, ignored);
    if (fs::is_directory(status)) {
        TRY(check_owner(git_entry));
        return check_guarded(git_entry);
    }
    if (fs::exists(status))
        return refused(
            fmt::format("{} is not a directory: this is a linked worktree or a submodule",
                        git_entry.string()),
            "Set `directory` to a missing directory: inhaul clones into it.");
    if (names.empty()) return {};
    const bool bare = std::find(names.begin(), names.end(), "HEAD") != names.end() &&
                      std::find(names.begin(), names.end(), "objects") != names.end();
    if (bare)
        return refused(
            fmt::format("{} is a bare repository: it has no working tree", directory.string()),
            "Set `directory` to another path.");
    if (fs::is_directory(directory / "repo.git", ignored))
        return refused(fmt::format("{} has the layout \"releases\"", directory.string()),
                       "Add layout = \"releases\" to the settings, or set `directory` to another "
                       "path. inhaul does not convert one layout into the other.");
    return refused(fmt::format("{} is not a checkout, and contains other files: {}",
                               directory.string(), first_of(names)),
                   "Set `directory` to a missing or empty directory, or move these files aside.");
}

/// A power loss can leave an empty or missing configuration.
bool has_blank_config(const fs::path& git_directory) {
    const auto file = git_directory / "config";
    std::error_code error;
    const bool blank = fs::file_size(file, error) == 0 && !error;
    if (blank) log::warning("recreating the configuration: the file is empty", {{"file", file}});
    return blank || error == std::errc::no_such_file_or_directory;
}

/// Safe to repeat after a killed run.
Result<void> make_repository(const fs::path& directory, const BranchName& branch) {
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags = GIT_REPOSITORY_INIT_MKDIR;
    options.initial_head = branch.text().c_str();
    git_repository* raw = nullptr;
    TRY(checked(git_repository_init_ext(&raw, directory.c_str(), &options),
                "create a repository in " + directory.string()));
    git_repository_free(raw);
    return {};
}

/// Checks that the directory has releases, possibly with other files beside them, or is empty.
Result<void> check_mirror_content(const fs::path& directory, const fs::path& git_directory) {
    const auto names = TRY(names_in(directory));
    if (std::find(names.begin(), names.end(), ".git") != names.end())
        return refused(
            fmt::format("{} is a checkout, but layout = \"releases\" needs a directory of its own",
                        directory.string()),
            "Set `directory` to another path, and move the app's own files (.env, databases) to "
            "`shared` below it. Or remove `layout`.");
    std::error_code ignored;
    if (fs::is_directory(git_directory, ignored)) return check_guarded(git_directory);
    if (names.empty()) return {};
    return refused(fmt::format("{} contains other files: {}", directory.string(), first_of(names)),
                   "Set `directory` to a missing or empty directory, or move these files aside.");
}

Result<WorkMark> write_mark(const fs::path& git_directory) {
    auto file = git_directory / marks::working;
    TRY(file::write_unsynced(file, "", 0600));
    return WorkMark{std::move(file)};
}

}  // namespace

Result<void> check_place(const fs::path& directory, bool releases) {
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(directory, ignored))) return {};
    TRY(check_owner(directory));
    return releases ? check_mirror_content(directory, directory / "repo.git")
                    : check_content(directory);
}

Result<RepositoryHandle> open_checkout(const fs::path& directory) {
    git_repository* raw = nullptr;
    const int code =
        git_repository_open_ext(&raw, directory.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
    RepositoryHandle repository{raw};
    // HEAD exists, so another required part is missing.
    if (code == GIT_ENOTFOUND)
        return fail(ErrorCode::corrupt,
                    fmt::format("{} is an incomplete repository", (directory / ".git").string()));
    TRY(checked(code, "open the checkout " + directory.string()));
    if (git_repository_is_bare(raw) != 0)
        return refused(
            fmt::format("{} is a bare repository: it has no working tree", directory.string()),
            "Set `directory` to another path.");
    TRY(read_worktree_config(raw));
    return repository;
}

Result<RepositoryHandle> open_bare(const fs::path& git_directory, const BranchName& branch) {
    std::error_code ignored;
    git_repository* raw = nullptr;
    if (fs::exists(git_directory / "HEAD", ignored)) {
        const int code = git_repository_open_bare(&raw, git_directory.c_str());
        // HEAD exists, so another required part is missing.
        if (code == GIT_ENOTFOUND)
            return fail(ErrorCode::corrupt,
                        git_directory.string() + " is an incomplete repository");
        TRY(checked(code, "open " + git_directory.string()));
        return RepositoryHandle{raw};
    }
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags = GIT_REPOSITORY_INIT_MKDIR | GIT_REPOSITORY_INIT_BARE;
    options.initial_head = branch.text().c_str();
    TRY(checked(git_repository_init_ext(&raw, git_directory.c_str(), &options),
                "create a repository in " + git_directory.string()));
    return RepositoryHandle{raw};
}

Result<void> configure_new(git_repository* repository, const BranchName& branch,
                           const std::string& url) {
    git_config* raw = nullptr;
    TRY(checked(git_repository_config(&raw, repository), "open the repository's configuration"));
    const ConfigHandle config{raw};
    const std::pair<std::string, std::string> wanted[] = {
        {"remote.origin.url", url},
        {"remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"},
        {"branch." + branch.text() + ".remote", "origin"},
        {"branch." + branch.text() + ".merge", branch.ref()},
    };
    for (const auto& [key, value] : wanted) {
        git_buf present{};
        const int found = git_config_get_string_buf(&present, raw, key.c_str());
        git_buf_dispose(&present);
        if (found == GIT_ENOTFOUND)
            TRY(checked(git_config_set_string(raw, key.c_str(), value.c_str()), "set " + key));
    }
    return {};
}

WorkMark::~WorkMark() {
    if (!file_.empty()) ::unlink(file_.c_str());
}

Result<Opened> open_directory(const fs::path& directory, const BranchName& branch,
                              const std::string& url) {
    TRY(initialise());
    TRY(take_directory(directory));
    TRY(check_content(directory));
    const auto git_directory = directory / ".git";
    (void)finish_rebuilding(git_directory);
    TRY(check_supported(directory));
    std::error_code ignored;
    const bool died = fs::exists(git_directory / marks::working, ignored);
    // Git creates HEAD last: without it there is no repository.
    const bool missing = !fs::exists(git_directory / "HEAD", ignored);
    // The mark comes first: any lock file of a run that dies after it is known to be inhaul's.
    if (missing) TRY(file::make_directories(git_directory, 0755));
    TRY(sweep_locks(git_directory, branch, missing || died));
    Opened opened{nullptr, TRY(write_mark(git_directory)), missing || died};
    const bool blank = missing || has_blank_config(git_directory);
    if (blank) TRY(make_repository(directory, branch));
    if (died) TRY(sweep_submodules(git_directory));
    if (missing || died) sweep_probes(directory);
    sweep_objects(git_directory);
    opened.repository = TRY(open_checkout(directory));
    const bool ours = blank || (died && git_repository_head_unborn(opened.repository.get()) == 1);
    if (ours) TRY(configure_new(opened.repository.get(), branch, url));
    return opened;
}

Result<Opened> open_mirror(const fs::path& directory, const fs::path& git_directory,
                           const BranchName& branch) {
    TRY(initialise());
    TRY(take_directory(directory));
    TRY(check_mirror_content(directory, git_directory));
    (void)finish_rebuilding(git_directory);
    TRY(file::make_directories(git_directory, 0755));
    std::error_code ignored;
    const bool missing = !fs::exists(git_directory / "HEAD", ignored);
    const bool died = missing || fs::exists(git_directory / marks::working, ignored);
    TRY(sweep_locks(git_directory, branch, died));
    Opened mirror{nullptr, TRY(write_mark(git_directory)), died};
    if (died) TRY(sweep_submodules(git_directory));
    sweep_objects(git_directory);
    mirror.repository = TRY(open_bare(git_directory, branch));
    return mirror;
}

Result<bool> would_create(const fs::path& directory, const fs::path& git_directory) {
    TRY(initialise());
    std::error_code ignored;
    if (fs::exists(git_directory / "HEAD", ignored)) return false;
    const bool exists = fs::exists(fs::symlink_status(directory, ignored));
    if (exists) {
        TRY(check_owner(directory));
        (void)TRY(guard::open(directory, ::geteuid()));
        TRY(git_directory.parent_path() == directory && git_directory.filename() == ".git"
                ? check_content(directory)
                : check_mirror_content(directory, git_directory));
    } else {
        (void)TRY(guard::open_nearest(directory, ::geteuid()));
    }
    const auto place = exists ? directory : directory.parent_path();
    if (::faccessat(AT_FDCWD, place.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
        return fail(system_error(
            errno, "create the directory " + (exists ? git_directory : directory).string()));
    return true;
}

Result<TemporaryDirectory> make_scratch(const fs::path& path) {
    std::error_code ignored;
    fs::remove_all(path, ignored);
    return TemporaryDirectory::at(path);
}

}  // namespace inhaul::git
