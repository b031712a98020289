// SPDX-License-Identifier: Apache-2.0
#include "saved_files.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <inhaul/util/clock.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

constexpr std::array kinds{"edits", "staged", "in-the-way", "git"};

fs::path patch_called(const fs::path& directory, std::string_view what, const std::string& name) {
    return directory / fmt::format("{}-{}.patch", what, name);
}

fs::path copies_called(const fs::path& directory, std::string_view what, const std::string& name) {
    return directory / fmt::format("{}-{}", what, name);
}

}  // namespace

std::string counted(std::size_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

SavedFiles::SavedFiles(SaveTo to, fs::path aside, const std::optional<CommitId>& head)
    : to_(std::move(to)), aside_(std::move(aside)), commit_(head ? head->short_form() : "unborn") {
    auto time = format_utc(system_clock().now());
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    const auto stem = fmt::format("{}-{}", time, commit_);
    name_ = stem;
    for (int i = 2; is_taken(name_); ++i)
        name_ = fmt::format("{}-{}", stem, i);
}

bool SavedFiles::is_taken(const std::string& name) const {
    return std::any_of(kinds.begin(), kinds.end(), [&](const char* kind) {
        std::error_code ignored;
        return fs::exists(patch_called(to_.directory, kind, name), ignored) ||
               fs::exists(copies_called(to_.directory, kind, name), ignored);
    });
}

Result<fs::path> SavedFiles::write_patch(std::string_view what, std::string_view text) {
    auto file = patch_called(to_.directory, what, name_);
    if (only_counts()) return file;
    if (auto earlier = saved_before(what, text)) return *std::move(earlier);
    TRY(file::make_directories(to_.directory, 0700));
    TRY(file::write_atomically(file, text, 0600));
    return file;
}

std::optional<fs::path> SavedFiles::saved_before(std::string_view what,
                                                 std::string_view text) const {
    std::error_code error;
    for (fs::directory_iterator entry{to_.directory, error}, end; !error && entry != end;
         entry.increment(error)) {
        const auto name = entry->path().filename().string();
        std::error_code ignored;
        if (!name.starts_with(fmt::format("{}-", what)) || !name.ends_with(".patch") ||
            name.find(commit_) == std::string::npos || entry->file_size(ignored) != text.size())
            continue;
        if (const auto saved = file::read(entry->path(), text.size()); saved && *saved == text)
            return entry->path();
    }
    return std::nullopt;
}

fs::path SavedFiles::copies(std::string_view what) const {
    return copies_called(to_.directory, what, name_);
}

Result<bool> SavedFiles::copy(std::string_view what, const fs::path& top, const fs::path& path) {
    const auto from = top / path;
    const auto to = copies(what) / path;
    std::error_code error;
    const auto status = fs::symlink_status(from, error);
    if (!fs::is_regular_file(status) && !fs::is_symlink(status)) return false;
    if (only_counts()) return true;
    TRY(file::make_directories(to.parent_path(), 0700));
    if (fs::is_symlink(status))
        fs::copy_symlink(from, to, error);
    else
        fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
    if (error == std::errc::permission_denied) {
        TRY(move_aside(from, path));
        return true;
    }
    if (error) return fail(system_error(error.value(), "copy " + from.string()));
    return true;
}

Result<void> SavedFiles::move_aside(const fs::path& from, const fs::path& path) {
    const auto to = aside_ / name_ / path;
    TRY(file::make_directories(to.parent_path(), 0700));
    std::error_code error;
    fs::rename(from, to, error);
    if (error)
        return fail(ErrorCode::permission,
                    fmt::format("{} cannot be read, and would be lost", from.string()),
                    "Move it aside, or give this account permission to read it.");
    report(fmt::format("moved the unreadable file {} to {}", printable(path.string(), 200),
                       to.string()));
    return {};
}

}  // namespace inhaul::git
