// SPDX-License-Identifier: Apache-2.0
#include "worktree.hpp"

#include <cerrno>
#include <cstdio>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::git {

namespace fs = std::filesystem;

namespace {

bool holds(const fs::path& path, const std::string& content) {
    const auto before = file::read(path, content.size());
    return before && *before == content;
}

Result<void> put(const fs::path& path, const std::string& content) {
    if (holds(path, content)) return {};
    return file::write_unsynced(path, content, 0644);
}

/// Returns false for a file that a power loss emptied.
bool is_head(const fs::path& path) {
    constexpr std::size_t largest_head = 4096;
    const auto head = file::read(path, largest_head);
    return head && (CommitId::parse(trimmed(*head)) || head->starts_with("ref: "));
}

}  // namespace

std::string pointer_to(const fs::path& admin) {
    return "gitdir: " + admin.string() + "\n";
}

Result<void> make_admin(const fs::path& place, const fs::path& admin, const CommitId& commit) {
    TRY(file::make_directories(admin, 0755));
    TRY(put(admin / "commondir", "../..\n"));
    TRY(put(admin / "gitdir", (place / ".git").string() + "\n"));
    // A user's local commit may be named only here.
    if (is_head(admin / "HEAD")) return {};
    return put(admin / "HEAD", commit.hex() + "\n");
}

Result<void> make_worktree(const fs::path& place, const fs::path& admin, const CommitId& commit) {
    TRY(make_admin(place, admin, commit));
    TRY(file::make_directories(place, 0755));
    const auto link = place / ".git";
    const auto pointer = pointer_to(admin);
    if (holds(link, pointer)) return {};
    // Created in `admin`, so that a kill leaves no unknown file among the commit's.
    const auto made = admin / "inhaul.link";
    TRY(put(made, pointer));
    if (::rename(made.c_str(), link.c_str()) != 0)
        return fail(system_error(errno, "write " + link.string()));
    return {};
}

}  // namespace inhaul::git
