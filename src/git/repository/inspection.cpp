// SPDX-License-Identifier: Apache-2.0
#include <inhaul/git/examination.hpp>

#include <unistd.h>

#include <cerrno>

#include <inhaul/util/guard.hpp>

#include <git/checkout/index_scan.hpp>
#include <git/checkout/rules.hpp>
#include <git/checkout/switch.hpp>
#include <git/checkout/tree_changes.hpp>
#include <git/checkout/writable.hpp>
#include <git/edits/hook_edits.hpp>
#include <git/repair/stale_files.hpp>
#include "open_repository.hpp"
#include "supported_checkout.hpp"
#include "tree.hpp"

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

/// Returns the live release, or the checkout itself.
fs::path place_of(const Settings& settings) {
    return settings.releases ? settings.directory / "current" : settings.directory;
}

/// Returns a directory that this account may not change. `sudo git pull` leaves such directories.
std::optional<fs::path> not_ours(const fs::path& repository) {
    const auto denied = [](const fs::path& path) {
        return ::access(path.c_str(), W_OK | X_OK) != 0 && errno == EACCES;
    };
    if (denied(repository)) return repository;
    std::error_code error;
    for (fs::recursive_directory_iterator entry{repository, error}, end; !error && entry != end;
         entry.increment(error))
        if (entry->is_directory(error) && denied(entry->path())) return entry->path();
    return std::nullopt;
}

Result<void> check_checkout(git_repository* repository, IndexScan& tree, const BranchName& branch) {
    Changes every;
    for (std::size_t i = 0; i < git_index_entrycount(tree.index()); ++i) {
        const auto* const entry = git_index_get_byindex(tree.index(), i);
        every[entry->path] = TreeEntry{entry->id, static_cast<git_filemode_t>(entry->mode)};
    }
    TRY(check_writable(tree.root(), every));
    TRY(check_branch(repository, branch));
    return check_references(repository, branch);
}

/// A file that an interrupted switch has written is not a local edit.
Result<void> ignore_switched(git_repository* repository, IndexScan& files, Changes& changes) {
    const auto target = TRY(switch_target(repository));
    if (!target || !has_commit(repository, *target)) return {};
    auto rules = TRY(Rules::of(repository, *target));
    for (auto change = changes.begin(); change != changes.end();) {
        const auto& path = change->first;
        const auto found = TRY(files.root().status_of(path));
        const auto wanted = TRY(rules.wanted(path));
        const bool switched = found && wanted ? TRY(is_on_disk(files.root(), rules, path, *wanted))
                                              : found.has_value() == wanted.has_value();
        change = switched ? changes.erase(change) : std::next(change);
    }
    return {};
}

Result<Examination> examined(const Settings& settings) {
    TRY(initialise());
    Examination seen;
    const auto place = place_of(settings);
    std::error_code ignored;
    (void)TRY(guard::open_nearest(settings.directory, ::geteuid()));
    TRY(check_place(settings.directory, settings.releases.has_value()));
    if (!fs::exists(place / ".git", ignored)) return seen;
    TRY(check_guarded(settings.releases ? settings.directory / "repo.git" : place / ".git"));
    if (!settings.releases) TRY(check_supported(place));
    git_repository* raw = nullptr;
    const int code =
        git_repository_open_ext(&raw, place.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
    const RepositoryHandle repository{raw};
    if (code == GIT_ENOTFOUND)
        return fail(ErrorCode::corrupt, (place / ".git").string() + " is an incomplete repository",
                    "The next deployment recreates it.");
    TRY(checked(code, "open " + place.string()));
    seen.exists = true;
    seen.repository = git_repository_commondir(raw);
    seen.not_ours = not_ours(seen.repository);
    for (const auto& lock : lock_files(git_repository_path(raw), settings.branch))
        seen.locks.push_back(lock.string());
    seen.head = TRY(commit_at(raw, "HEAD"));
    if (!seen.head) return seen;
    const auto tree = TRY(tree_of(raw, *seen.head));
    TRY(check_objects(raw, TRY(tree_changes(raw, nullptr, tree.get()))));
    auto files = TRY(IndexScan::scan(raw));
    auto changes = TRY(files.changes_to(seen.head));
    TRY(ignore_recorded_edits(raw, files, *seen.head, changes));
    TRY(ignore_switched(raw, files, changes));
    seen.edited = changes.size();
    const auto can = settings.releases ? check_releases(settings.directory)
                                       : check_checkout(raw, files, settings.branch);
    if (!can) seen.obstacle = can.error();
    return seen;
}

}  // namespace

Result<Examination> examine(const Settings& settings) {
    auto seen = examined(settings);
    if (!seen && seen.error().code == ErrorCode::corrupt && seen.error().hint.empty())
        seen.error().hint =
            damage_hint(settings.releases ? settings.directory / "repo.git" : settings.directory);
    return seen;
}

}  // namespace inhaul::git
