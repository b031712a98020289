#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "index_scan.hpp"

namespace inhaul::git {

/// What git knows of the files in a directory: its own repository, and those of its submodules.
class Tracked {
public:
    /// `changed` is what differs from HEAD. Both must outlive this.
    Tracked(std::filesystem::path place, const IndexScan& tree, const Changes& changed);
    ~Tracked();
    Tracked(Tracked&&) noexcept;

    /// Whether the file or link at a path is in a commit, or among the changes.
    [[nodiscard]] bool has(const std::string& path);

private:
    struct Below;
    [[nodiscard]] Below* below(const std::string& path);

    std::filesystem::path place_;
    const IndexScan* tree_;
    const Changes* changed_;
    std::vector<std::string> submodules_;
    std::map<std::string, std::unique_ptr<Below>> opened_;
};

/// Where submodules are, as the index says.
[[nodiscard]] std::vector<std::string> submodules_in(git_index* index);
/// The repository whose `.git` is right there, whatever it is; nothing where none can be opened.
[[nodiscard]] RepositoryHandle repository_at(const std::filesystem::path& place);

}  // namespace inhaul::git
