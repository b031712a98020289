// SPDX-License-Identifier: Apache-2.0
#include "index_scan.hpp"

#include <cerrno>
#include <cstdio>
#include <tuple>

#include <fcntl.h>
#include <fmt/format.h>
#include <git2/sys/index.h>
#include <unistd.h>

#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

#include <git/repository/tree.hpp>
#include "index_tree.hpp"

namespace inhaul::git {
namespace {

std::string index_file(git_repository* repository) {
    return std::string{git_repository_path(repository)} + "index";
}

/// Opens an index of its own: the repository's compares files again when it is written. An
/// unreadable index is kept under another name, and recreated.
Result<IndexHandle> open_index(git_repository* repository) {
    const auto file = index_file(repository);
    git_index* raw = nullptr;
    if (git_index_open(&raw, file.c_str()) == 0) return IndexHandle{raw};
    auto aside = file + ".damaged";
    for (int i = 2; ::access(aside.c_str(), F_OK) == 0; ++i)
        aside = fmt::format("{}.damaged-{}", file, i);
    if (::rename(file.c_str(), aside.c_str()) != 0)
        return fail(libgit2_error(-1, "open the index"));
    log::warning("recreating the index: it cannot be read", {{"damaged", aside}});
    TRY(checked(git_index_open(&raw, file.c_str()), "open the index"));
    IndexHandle index{raw};
    const auto head = TRY(commit_at(repository, "HEAD"));
    if (!head) return index;
    TRY(checked(git_index_read_tree(raw, TRY(tree_of(repository, *head)).get()),
                "read the commit into the index"));
    // Without this, the next scan would take every file for an edit.
    TRY(checked(git_index_write(raw), "write the index"));
    return index;
}

::timespec time_of(const std::string& file) {
    struct ::stat found {};
    if (::stat(file.c_str(), &found) != 0) return {};
    return found.st_mtim;
}

bool keeps_modes(git_repository* repository) {
    git_config* raw = nullptr;
    if (git_repository_config_snapshot(&raw, repository) != 0) return true;
    const ConfigHandle config{raw};
    int keeps = 1;
    git_config_get_bool(&keeps, raw, "core.filemode");
    return keeps != 0;
}

git_index_time index_time(const ::timespec& time) {
    return {static_cast<std::int32_t>(time.tv_sec), static_cast<std::uint32_t>(time.tv_nsec)};
}

void set_stat(git_index_entry& entry, const struct ::stat& found) {
    entry.ctime = index_time(found.st_ctim);
    entry.mtime = index_time(found.st_mtim);
    entry.dev = static_cast<std::uint32_t>(found.st_dev);
    entry.ino = static_cast<std::uint32_t>(found.st_ino);
    entry.uid = found.st_uid;
    entry.gid = found.st_gid;
    entry.file_size = static_cast<std::uint32_t>(found.st_size);
}

auto stat_fields(const git_index_entry& entry) {
    return std::tuple{entry.ctime.seconds, entry.ctime.nanoseconds,
                      entry.mtime.seconds, entry.mtime.nanoseconds,
                      entry.ino,           entry.uid,
                      entry.gid,           entry.file_size};
}

bool has_same_stat(const git_index_entry& entry, const struct ::stat& found) {
    git_index_entry now{};
    set_stat(now, found);
    return stat_fields(entry) == stat_fields(now);
}

/// Returns true if the file changed at or after the time of the index. A second change may have the
/// same time.
bool is_racy(const git_index_entry& entry, const ::timespec& written) {
    const auto index = index_time(written);
    return std::tuple{entry.mtime.seconds, entry.mtime.nanoseconds} >=
           std::tuple{index.seconds, index.nanoseconds};
}

bool has_kind(const git_index_entry& entry, const struct ::stat& found, bool trust_modes) {
    if (entry.mode == GIT_FILEMODE_LINK) return S_ISLNK(found.st_mode);
    const bool executable = (found.st_mode & S_IXUSR) != 0;
    return S_ISREG(found.st_mode) &&
           (!trust_modes || executable == (entry.mode == GIT_FILEMODE_BLOB_EXECUTABLE));
}

Result<git_oid> hash_of_link(SafeDirectory& root, const std::string& path) {
    const auto target = TRY(root.read_link(path));
    git_oid id{};
    TRY(checked(git_odb_hash(&id, target.data(), target.size(), GIT_OBJECT_BLOB),
                fmt::format("read {}", printable(path))));
    return id;
}

/// Hashes the file without filters; it may be large.
Result<git_oid> hash_of_file(SafeDirectory& root, const std::string& path) {
    const auto file = TRY(root.open_file(path));
    const auto name = fmt::format("/proc/self/fd/{}", file.get());
    git_oid id{};
    TRY(checked(git_odb_hashfile(&id, name.c_str(), GIT_OBJECT_BLOB),
                fmt::format("read {}", printable(path))));
    return id;
}

Result<bool> is_link_to(SafeDirectory& root, const std::string& path, const git_oid& blob) {
    const auto id = TRY(hash_of_link(root, path));
    return git_oid_equal(&id, &blob) != 0;
}

Result<bool> is_file_with(SafeDirectory& root, Rules& rules, const std::string& path,
                          const git_oid& blob) {
    if (rules.convert()) return rules.is(path, TRY(root.read_file(path)), blob);
    const auto id = TRY(hash_of_file(root, path));
    return git_oid_equal(&id, &blob) != 0;
}

}  // namespace

Result<bool> is_on_disk(SafeDirectory& root, Rules& rules, const std::string& path,
                        const TreeEntry& wanted) {
    const auto found = TRY(root.status_of(path));
    if (!found) return false;
    if (wanted.mode == GIT_FILEMODE_LINK)
        return S_ISLNK(found->st_mode) ? is_link_to(root, path, wanted.id) : Result<bool>{false};
    const bool is_file = S_ISREG(found->st_mode) && wanted.mode != GIT_FILEMODE_COMMIT;
    return is_file ? is_file_with(root, rules, path, wanted.id) : Result<bool>{false};
}

Result<IndexScan> IndexScan::scan(git_repository* repository) {
    return scan(repository,
                TRY(SafeDirectory::open(git_repository_workdir(repository), mark_in(repository))));
}

std::string IndexScan::mark_in(git_repository* repository) {
    return std::string{git_repository_path(repository)} + "inhaul.writing";
}

Result<IndexScan> IndexScan::scan(git_repository* repository, SafeDirectory root) {
    const auto written = time_of(index_file(repository));
    auto index = TRY(open_index(repository));
    IndexScan tree{repository, std::move(index), std::move(root)};
    tree.trust_modes_ = keeps_modes(repository);
    TRY(tree.scan_all(written));
    return tree;
}

Result<void> IndexScan::scan_all(const ::timespec& written) {
    const auto count = git_index_entrycount(index_.get());
    for (std::size_t i = 0; i < count; ++i) {
        const auto* const entry = git_index_get_byindex(index_.get(), i);
        if (entry->mode == GIT_FILEMODE_COMMIT) continue;  // handled separately
        const bool settled = git_index_entry_stage(entry) == 0 &&
                             (entry->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD) == 0;
        const auto found = TRY(root_.status_of(entry->path));
        if (settled && found && has_kind(*entry, *found, trust_modes_)) {
            if (has_same_stat(*entry, *found) && !is_racy(*entry, written)) continue;
            if (!TRY(is_edited(*entry, *found))) continue;
        }
        edited_.insert(git_index_get_byindex(index_.get(), i)->path);
    }
    return {};
}

Result<bool> IndexScan::holds(const char* path, const struct ::stat& found, const git_oid& blob) {
    if (S_ISLNK(found.st_mode)) return is_link_to(root_, path, blob);
    if (!rules_) rules_ = TRY(Rules::of(repository_, TRY(commit_at(repository_, "HEAD"))));
    auto same = is_file_with(root_, *rules_, path, blob);
    // Another account has made the file private.
    if (!same && same.error().code == ErrorCode::permission) return false;
    return same;
}

Result<bool> IndexScan::is_edited(const git_index_entry& entry, const struct ::stat& found) {
    if (!TRY(holds(entry.path, found, entry.id))) return true;
    if (has_same_stat(entry, found)) return false;
    auto updated = entry;
    const std::string path{entry.path};  // git_index_add() frees the old entry
    updated.path = path.c_str();
    set_stat(updated, found);
    TRY(checked(git_index_add(index_.get(), &updated), "update the index"));
    stats_changed_ = true;
    return false;
}

bool IndexScan::has(const std::string& path, const TreeEntry& wanted) const {
    const auto* const entry = git_index_get_bypath(index_.get(), path.c_str(), 0);
    return entry != nullptr && entry->mode == wanted.mode &&
           git_oid_equal(&entry->id, &wanted.id) != 0 && edited_.count(path) == 0;
}

git_filemode_t IndexScan::mode_of(const struct ::stat& found,
                                  const std::optional<TreeEntry>& before) const {
    const bool was_file = before && (before->mode == GIT_FILEMODE_BLOB ||
                                     before->mode == GIT_FILEMODE_BLOB_EXECUTABLE);
    if (!trust_modes_ && was_file) return before->mode;
    return (found.st_mode & S_IXUSR) != 0 ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
}

Result<std::string> IndexScan::fingerprint_of(const std::string& path) {
    const auto found = TRY(root_.status_of(path));
    if (!found) return std::string{"missing"};
    if (!S_ISREG(found->st_mode) && !S_ISLNK(found->st_mode))
        return fmt::format("{:o}", found->st_mode);
    const auto id =
        S_ISLNK(found->st_mode) ? TRY(hash_of_link(root_, path)) : TRY(hash_of_file(root_, path));
    return fmt::format("{:o} {}", found->st_mode, id_from(id).hex());
}

void IndexScan::sweep(const Changes& changes) {
    if (!root_.has_stale_file()) return;
    for (std::size_t i = 0; i < git_index_entrycount(index_.get()); ++i)
        root_.sweep(git_index_get_byindex(index_.get(), i)->path);
    for (const auto& change : changes)
        root_.sweep(change.first);
}

Result<Changes> IndexScan::changes_to(const std::optional<CommitId>& commit) {
    TreeHandle tree;
    if (commit) tree = TRY(tree_of(repository_, *commit));
    auto changes = TRY(index_changes(repository_, index_.get(), tree.get()));
    for (const auto& path : edited_)
        if (changes.find(path) == changes.end())
            changes.emplace(path, TRY(tree_entry_at(tree.get(), path)));
    return changes;
}

Result<void> IndexScan::note(const std::string& path, const std::optional<TreeEntry>& now) {
    if (!now) {
        git_index_remove(index_.get(), path.c_str(), 0);
        return {};
    }
    git_index_entry entry{};
    entry.mode = now->mode;
    entry.id = now->id;
    entry.path = path.c_str();
    if (now->mode != GIT_FILEMODE_COMMIT) {
        const auto found = TRY(root_.status_of(path));
        if (!found)
            return fail(ErrorCode::io,
                        fmt::format("write {}: another program removed it", printable(path)),
                        "Stop the program that writes to the directory.", true);
        set_stat(entry, *found);
    }
    return checked(git_index_add(index_.get(), &entry),
                   fmt::format("update the index for {}", printable(path)));
}

Result<void> IndexScan::save(const CommitId& commit) {
    TRY(checked(git_index_write(index_.get()), "write the index"));
    stats_changed_ = false;
    return record_tree(repository_, TRY(tree_of(repository_, commit)).get());
}

Result<void> IndexScan::save_stats() {
    if (!stats_changed_) return {};
    const auto tree = recorded_tree(repository_);
    TRY(checked(git_index_write(index_.get()), "write the index"));
    stats_changed_ = false;
    return tree ? record_tree(repository_, *tree) : Result<void>{};
}

}  // namespace inhaul::git
