// SPDX-License-Identifier: Apache-2.0
#include "hook_edits.hpp"

#include <fmt/format.h>

#include <inhaul/util/file.hpp>

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_note = 64 * 1024 * 1024;

/// States of files on disk, by path.
using States = std::map<std::string, std::string>;

fs::path edits_file(git_repository* repository) {
    return fs::path{git_repository_path(repository)} / "inhaul.edits";
}

/// Reads the note: the commit, then a state and a path for each file, separated by NULs.
States recorded_edits(git_repository* repository, const CommitId& commit) {
    States states;
    const auto note = file::read(edits_file(repository), largest_note);
    std::vector<std::string> parts;
    for (std::string_view rest{note ? std::string_view{*note} : std::string_view{}};
         !rest.empty();) {
        const auto end = rest.find('\0');
        if (end == std::string_view::npos) return {};
        parts.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    if (parts.empty() || parts[0] != commit.hex()) return {};
    for (std::size_t i = 1; i + 1 < parts.size(); i += 2)
        states.emplace(parts[i + 1], parts[i]);
    return states;
}

Result<void> write_note(git_repository* repository, const CommitId& commit, const States& states) {
    if (states.empty()) {
        std::error_code ignored;
        fs::remove(edits_file(repository), ignored);
        return {};
    }
    auto note = commit.hex() + '\0';
    for (const auto& [path, state] : states)
        note.append(state).append(1, '\0').append(path).append(1, '\0');
    return file::write_atomically(edits_file(repository), note, 0600);
}

}  // namespace

Result<std::vector<std::string>> record_edits(git_repository* repository, const CommitId& commit) {
    auto tree = TRY(IndexScan::scan(repository));
    const auto before = recorded_edits(repository, commit);
    States now;
    std::vector<std::string> paths;
    for (const auto& [path, wanted] : TRY(tree.changes_to(commit))) {
        auto state = TRY(tree.fingerprint_of(path));
        const auto known = before.find(path);
        if (known == before.end() || known->second != state) paths.push_back(path);
        now.emplace(path, std::move(state));
    }
    if (now != before) TRY(write_note(repository, commit, now));
    return paths;
}

Result<void> ignore_recorded_edits(git_repository* repository, IndexScan& tree,
                                   const CommitId& commit, Changes& changes) {
    if (changes.empty()) return {};
    for (const auto& [path, state] : recorded_edits(repository, commit)) {
        const auto change = changes.find(path);
        if (change != changes.end() && TRY(tree.fingerprint_of(path)) == state)
            changes.erase(change);
    }
    return {};
}

}  // namespace inhaul::git
