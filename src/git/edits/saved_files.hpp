// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/git/local_edits.hpp>

#include <git/checkout/safe_directory.hpp>
#include <git/repository/libgit2.hpp>

namespace inhaul::git {

/// Where local edits are saved.
struct SaveTo {
    std::filesystem::path directory = {};
    LocalEdits* only_count = nullptr;  ///< set: nothing is written
};

/// Saves local edits before they are discarded. All files of one run share a name with the time and
/// the commit below the edits. Only this account can read them.
class SavedFiles {
public:
    /// `aside` is a directory in the repository, for unreadable files, which can only be moved.
    SavedFiles(SaveTo to, std::filesystem::path aside, const std::optional<CommitId>& head);

    /// Writes `WHAT-NAME.patch`, and returns its path. Returns an earlier file with the same text
    /// for the same commit. So the edits of a release, and of each retry, are saved once.
    [[nodiscard]] Result<std::filesystem::path> write_patch(std::string_view what,
                                                            std::string_view text);
    /// Returns the directory `WHAT-NAME` for copies.
    [[nodiscard]] std::filesystem::path copies(std::string_view what) const;
    /// Copies a file or link to copies(what). Opens nothing else. Returns false if there was
    /// nothing to copy. Moves an unreadable file to `aside`, and reports it.
    [[nodiscard]] Result<bool> copy(std::string_view what, const std::filesystem::path& top,
                                    const std::filesystem::path& path);

    void report(std::string line) { lines_.push_back(std::move(line)); }
    [[nodiscard]] bool only_counts() const { return to_.only_count != nullptr; }
    /// What has been saved, or counted.
    [[nodiscard]] LocalEdits& found() {
        return to_.only_count != nullptr ? *to_.only_count : found_;
    }
    [[nodiscard]] std::vector<std::string> take_lines() { return std::move(lines_); }

private:
    [[nodiscard]] bool is_taken(const std::string& name) const;
    [[nodiscard]] Result<void> move_aside(const std::filesystem::path& from,
                                          const std::filesystem::path& path);

    [[nodiscard]] std::optional<std::filesystem::path> saved_before(std::string_view what,
                                                                    std::string_view text) const;

    SaveTo to_;
    LocalEdits found_;
    std::filesystem::path aside_;
    std::string commit_;
    std::string name_;
    std::vector<std::string> lines_;
};

/// Returns "1 file", "2 files" and so on.
[[nodiscard]] std::string counted(std::size_t count, std::string_view thing);

}  // namespace inhaul::git
