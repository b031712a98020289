// SPDX-License-Identifier: Apache-2.0
#include "stamp.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <inhaul/util/file.hpp>

#include <git/repository/own_names.hpp>
#include <git/repository/tree.hpp>
#include "safe_directory.hpp"

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_exclude = 1024 * 1024;

/// Returns a pattern for an exclude file that matches only this path.
std::string literal_pattern(std::string_view path) {
    std::string pattern;
    for (const char c : path) {
        if (std::string_view{"\\*?[ "}.find(c) != std::string_view::npos) pattern += '\\';
        pattern += c;
    }
    return pattern;
}

/// Nothing is removed to make room for the stamp.
Result<void> check_way(SafeDirectory& root, const fs::path& stamp) {
    for (auto above = stamp.parent_path(); !above.empty(); above = above.parent_path())
        if (const auto found = TRY(root.status_of(above.string()));
            found && !S_ISDIR(found->st_mode))
            return fail(ErrorCode::refused,
                        (root.directory() / above).string() + " is not a directory",
                        "Set `stamp` to another path.");
    const auto found = TRY(root.status_of(stamp.string()));
    if (!found || !S_ISDIR(found->st_mode)) return {};
    return fail(ErrorCode::refused, (root.directory() / stamp).string() + " is a directory",
                "Set `stamp` to another path.");
}

/// Excludes the stamp, so that git never sees or commits it.
Result<void> exclude(git_repository* repository, const fs::path& stamp) {
    const auto file = fs::path{git_repository_commondir(repository)} / "info" / "exclude";
    std::error_code ignored;
    const bool exists = fs::exists(file, ignored);
    auto content = exists ? TRY(file::read(file, largest_exclude)) : std::string{};
    const auto line = "/" + literal_pattern(stamp.string()) + "\n";
    if (("\n" + content).find("\n" + line) != std::string::npos) return {};
    if (!content.empty() && content.back() != '\n') content += '\n';
    TRY(file::make_directories(file.parent_path(), 0755));
    return file::write_atomically(file, content + line, 0644);
}

}  // namespace

Result<bool> write_stamp(git_repository* repository, const fs::path& stamp, const CommitId& commit,
                         TimePoint time) {
    const auto tree = TRY(tree_of(repository, commit));
    git_tree_entry* raw = nullptr;
    const bool tracked = git_tree_entry_bypath(&raw, tree.get(), stamp.c_str()) == 0;
    const TreeEntryHandle entry{raw};
    if (tracked) return false;
    const fs::path mark = fs::path{git_repository_path(repository)} / marks::stamping;
    auto root = TRY(SafeDirectory::open(git_repository_workdir(repository), mark));
    root.sweep(stamp.string());
    TRY(check_way(root, stamp));
    TRY(exclude(repository, stamp));
    TRY(root.write_file(stamp.string(), fmt::format("{} {}\n", format_utc(time), commit.hex()),
                        false));
    root.finish();
    return true;
}

}  // namespace inhaul::git
