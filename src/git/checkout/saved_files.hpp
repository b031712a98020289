#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <git/repository/libgit2.hpp>
#include "safe_directory.hpp"

namespace inhaul::git {

/// Where what a person wrote is kept before it is discarded: files of one name, which says when,
/// and on top of which commit. For this account's eyes only.
class Keeping {
public:
    /// `aside` is below the repository: for what cannot be read, and so only moved.
    Keeping(std::filesystem::path directory, std::filesystem::path aside,
            const std::optional<CommitId>& head);

    /// `WHAT-NAME.patch`.
    [[nodiscard]] Result<std::filesystem::path> write_patch(std::string_view what,
                                                            std::string_view text);
    /// `WHAT-NAME`, for copies.
    [[nodiscard]] std::filesystem::path copies(std::string_view what) const;
    /// Copies a file or link into copies(what). Nothing else is ever opened. False where there was
    /// nothing to copy. What this account may not read is moved aside, which is told.
    [[nodiscard]] Result<bool> copy(std::string_view what, const std::filesystem::path& top,
                                    const std::filesystem::path& path);

    void tell(std::string line) { lines_.push_back(std::move(line)); }
    [[nodiscard]] std::vector<std::string> take_lines() { return std::move(lines_); }

private:
    [[nodiscard]] bool is_taken(const std::string& name) const;
    [[nodiscard]] Result<void> move_aside(const std::filesystem::path& from,
                                          const std::filesystem::path& path);

    std::filesystem::path directory_;
    std::filesystem::path aside_;
    std::string name_;
    std::vector<std::string> lines_;
};

/// "1 file", "2 files".
[[nodiscard]] std::string counted(std::size_t count, std::string_view thing);

}  // namespace inhaul::git
