// SPDX-License-Identifier: Apache-2.0
#include "obstacles.hpp"

#include <set>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

namespace inhaul::git {

namespace fs = std::filesystem;

namespace {

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string{} : path.substr(0, slash);
}

}  // namespace

Result<bool> is_version(SafeDirectory& root, std::vector<Rules>& versions,
                        const std::string& path) {
    for (auto& version : versions) {
        const auto wanted = TRY(version.wanted(path));
        if (wanted && TRY(is_on_disk(root, version, path, *wanted))) return true;
    }
    return false;
}

Result<void> Obstacles::save(const Changes& changes, SavedFiles& saved_files) {
    std::set<std::string> found;
    for (const auto& [path, wanted] : changes) {
        if (!wanted) continue;
        if (auto obstacle = TRY(obstacle_for(path, *wanted))) found.insert(*std::move(obstacle));
    }
    for (const auto& path : found)
        TRY(copy(path, saved_files));
    saved_files.found().untracked += copied_;
    if (copied_ > 0)
        saved_files.report(fmt::format("copied {} that the commit overwrites to {}",
                                       counted(copied_, "untracked file"),
                                       saved_files.copies("in-the-way").string()));
    return {};
}

Result<std::optional<std::string>> Obstacles::obstacle_for(const std::string& path,
                                                           const TreeEntry& wanted) {
    if (auto blocking = TRY(blocking_part(parent_of(path)))) return blocking;
    const auto existing = TRY(root_.status_of(path));
    if (!existing) return std::optional<std::string>{};
    const bool in_the_way = S_ISDIR(existing->st_mode)
                                ? wanted.mode != GIT_FILEMODE_COMMIT
                                : tracked_ == nullptr || !tracked_->has(path);
    return in_the_way ? std::optional{path} : std::nullopt;
}

/// Returns the first part of the path that exists and is not a directory.
Result<std::optional<std::string>> Obstacles::blocking_part(const std::string& directory) {
    if (directory.empty()) return std::optional<std::string>{};
    const auto [at, is_new] = blocking_parts_.try_emplace(directory);
    if (!is_new) return at->second;
    if (auto above = TRY(blocking_part(parent_of(directory))))
        return blocking_parts_[directory] = above;
    const auto existing = TRY(root_.status_of(directory));
    if (existing && !S_ISDIR(existing->st_mode)) blocking_parts_[directory] = directory;
    return blocking_parts_[directory];
}

Result<bool> Obstacles::is_known(const std::string& path) {
    if (tracked_ != nullptr && tracked_->has(path)) return true;
    return is_version(root_, versions_, path);
}

Result<void> Obstacles::copy(const std::string& path, SavedFiles& saved_files) {
    const auto existing = TRY(root_.status_of(path));
    if (!existing) return {};
    if (S_ISDIR(existing->st_mode)) return copy_below(path, saved_files);
    if (TRY(is_known(path))) return {};
    if (TRY(saved_files.copy("in-the-way", place_, path))) ++copied_;
    return {};
}

Result<void> Obstacles::copy_below(const std::string& path, SavedFiles& saved_files) {
    std::error_code error;
    for (fs::directory_iterator entry{place_ / path, error}, end; !error && entry != end;
         entry.increment(error)) {
        const auto name = entry->path().filename().string();
        // A submodule's link to its repository.
        std::error_code ignored;
        if (name == ".git" && !fs::is_directory(entry->symlink_status(ignored))) continue;
        TRY(copy(fmt::format("{}/{}", path, name), saved_files));
    }
    if (error) return fail(system_error(error.value(), "list " + printable(path)));
    return {};
}

}  // namespace inhaul::git
