// SPDX-License-Identifier: Apache-2.0
#include "stale_files.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/util/clock.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

#include <git/repository/own_names.hpp>

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes abandoned{10};

std::vector<fs::path> entries_of(const fs::path& directory) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error))
        found.push_back(entry->path());
    return found;
}

bool is_abandoned(const fs::path& path) {
    struct ::stat info {};
    if (::lstat(path.c_str(), &info) != 0) return false;
    const auto touched = from_unix_time(info.st_mtim.tv_sec);
    // A time in the future counts too: the clock may have been wrong.
    return std::chrono::abs(system_clock().now() - touched) > abandoned;
}

/// Returns true for a git process in the directory. Git changes to it, wherever it was started.
bool is_git_in(const fs::path& process, const fs::path& directory) {
    constexpr std::size_t longest_name = 64;
    const auto name = file::read(process / "comm", longest_name);
    if (!name || !name->starts_with("git")) return false;
    std::error_code error;
    const auto at = fs::read_symlink(process / "cwd", error);
    return !error && file::is_below(at, directory);
}

bool has_open(const fs::path& process, const fs::path& lock) {
    const auto descriptors = entries_of(process / "fd");
    return std::any_of(descriptors.begin(), descriptors.end(), [&](const fs::path& descriptor) {
        std::error_code error;
        return fs::read_symlink(descriptor, error) == lock;
    });
}

/// Sees only this account's processes, except as root.
bool is_held(const fs::path& lock, const fs::path& git_directory) {
    std::error_code ignored;
    const auto directory = fs::canonical(git_directory, ignored).parent_path();
    const auto real_lock = fs::canonical(lock.parent_path(), ignored) / lock.filename();
    for (const auto& process : entries_of("/proc")) {
        const auto number = process.filename().string();
        if (number.find_first_not_of("0123456789") != std::string::npos) continue;
        if (number == std::to_string(::getpid())) continue;
        if (is_git_in(process, directory) || has_open(process, real_lock)) return true;
    }
    return false;
}

}  // namespace

std::vector<fs::path> lock_files(const fs::path& git_directory, const BranchName& branch) {
    std::vector<fs::path> found;
    for (const auto& name :
         {std::string{"index"}, std::string{"HEAD"}, std::string{"config"}, std::string{"shallow"},
          std::string{"packed-refs"}, branch.ref(), own_refs::fetched_as(branch.text()),
          "refs/remotes/origin/" + branch.text(), std::string{own_refs::live},
          std::string{own_refs::switching}}) {
        auto lock = git_directory / (name + ".lock");
        std::error_code ignored;
        if (fs::exists(fs::symlink_status(lock, ignored))) found.push_back(std::move(lock));
    }
    return found;
}

Result<void> sweep_locks(const fs::path& git_directory, const BranchName& branch, bool ours) {
    for (const auto& lock : lock_files(git_directory, branch)) {
        if ((!ours && !is_abandoned(lock)) || is_held(lock, git_directory))
            return fail(
                ErrorCode::host,
                fmt::format("{} exists: a git process uses the repository", lock.string()),
                fmt::format(
                    "inhaul removes it after 10 minutes.\nIf no git process runs there, run: rm {}",
                    shell_word(lock.string())),
                true);
        log::warning("removed a stale lock file", {{"file", lock.string()}});
        std::error_code ignored;
        fs::remove(lock, ignored);
    }
    return {};
}

namespace {

// Names of submodules may contain slashes. Links are not followed.
constexpr int deepest_module = 40;

void find_repositories(const fs::path& place, int depth, std::vector<fs::path>& found) {
    if (depth > deepest_module) return;
    for (const auto& path : entries_of(place)) {
        std::error_code ignored;
        if (!fs::is_directory(fs::symlink_status(path, ignored))) continue;
        const bool is_repository = fs::exists(path / "HEAD", ignored);
        if (is_repository) found.push_back(path);
        find_repositories(is_repository ? path / "modules" : path, depth + 1, found);
    }
}

}  // namespace

std::vector<fs::path> repositories_of_submodules(const fs::path& git_directory) {
    std::vector<fs::path> found;
    find_repositories(git_directory / "modules", 0, found);
    return found;
}

Result<void> sweep_submodules(const fs::path& git_directory) {
    const auto placeholder = BranchName::parse("inhaul");
    for (const auto& repository : repositories_of_submodules(git_directory)) {
        TRY(sweep_locks(repository, *placeholder, true));
        for (const auto& worktree : entries_of(repository / "worktrees"))
            TRY(sweep_locks(worktree, *placeholder, true));
    }
    return {};
}

void sweep_objects(const fs::path& git_directory) {
    for (const auto* const place : {"objects", "objects/pack"}) {
        for (const auto& path : entries_of(git_directory / place)) {
            const auto name = path.filename().string();
            std::error_code ignored;
            if (name.starts_with("pack_git2_") || name.starts_with("tmp_object_git2_"))
                fs::remove(path, ignored);
        }
    }
}

void sweep_probes(const fs::path& directory) {
    for (const auto& path : entries_of(directory)) {
        const auto name = path.filename().string();
        if (!name.starts_with("_git2_") || name.size() != 12) continue;  // as mkstemp(3) names them
        std::error_code ignored;
        const auto status = fs::symlink_status(path, ignored);
        const bool is_link = fs::is_symlink(status) && fs::read_symlink(path, ignored) == "testing";
        const bool is_empty = fs::is_regular_file(status) && fs::file_size(path, ignored) == 0 &&
                              status.permissions() == fs::perms{0600};
        if (is_link || is_empty) fs::remove(path, ignored);
    }
}

}  // namespace inhaul::git
