// SPDX-License-Identifier: Apache-2.0
#include "git_operation.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include <inhaul/util/file.hpp>

#include <git/repository/tree.hpp>

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

/// The files that git_repository_state_cleanup() removes.
constexpr std::array removed{"MERGE_HEAD",   "MERGE_MODE",       "MERGE_MSG",
                             "REVERT_HEAD",  "CHERRY_PICK_HEAD", "BISECT_LOG",
                             "rebase-merge", "rebase-apply",     "sequencer"};
constexpr std::size_t largest = 1024UL * 1024;
constexpr std::size_t most_commits = 1000;

bool is_hex_digit(char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

/// Adds every word that looks like a full commit ID.
void add_commits(std::string_view text, git_repository* repository, std::vector<CommitId>& found) {
    while (!text.empty() && found.size() < most_commits) {
        const auto begin = std::find_if(text.begin(), text.end(), is_hex_digit);
        const auto end = std::find_if_not(begin, text.end(), is_hex_digit);
        const std::string word{begin, end};
        text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
        if (word.size() != GIT_OID_HEXSZ) continue;
        const auto commit = CommitId::parse(word);
        if (commit && has_commit(repository, *commit)) found.push_back(*commit);
    }
}

std::vector<fs::path> files_of(const fs::path& top, const fs::path& name) {
    std::error_code error;
    if (!fs::is_directory(fs::symlink_status(top / name, error))) return {name};
    std::vector<fs::path> found;
    for (fs::recursive_directory_iterator entry{top / name, error}, end; !error && entry != end;
         entry.increment(error))
        found.push_back(entry->path().lexically_relative(top));
    return found;
}

}  // namespace

Result<std::vector<CommitId>> save_git_operation(git_repository* repository,
                                                 SavedFiles& saved_files) {
    const fs::path top{git_repository_path(repository)};
    std::vector<CommitId> commits;
    const auto read = [&](const fs::path& path) {
        if (const auto text = file::read(top / path, largest))
            add_commits(*text, repository, commits);
    };
    bool any = false;
    for (const auto* const name : removed) {
        for (const auto& path : files_of(top, name)) {
            if (!TRY(saved_files.copy("git", top, path))) continue;
            any = true;
            read(path);
        }
    }
    read("MERGE_AUTOSTASH");  // stays, but does not protect its commit from gc
    if (any) saved_files.found().unfinished_merge = true;
    if (any)
        saved_files.report(fmt::format("copied the state of an unfinished git operation to {}",
                                       saved_files.copies("git").string()));
    return commits;
}

}  // namespace inhaul::git
