// SPDX-License-Identifier: Apache-2.0
#include "tree_changes.hpp"

#include <algorithm>
#include <climits>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>

#include <inhaul/util/limits.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::git {
namespace {

/// A tree may have any mode bits, such as 0104755, which would be a setuid program.
git_filemode_t canonical(unsigned mode) {
    if (S_ISREG(mode))
        return (mode & S_IXUSR) != 0 ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
    return S_ISLNK(mode) ? GIT_FILEMODE_LINK : GIT_FILEMODE_COMMIT;
}

TreeEntry wanted_of(const git_tree_entry* entry) {
    return {*git_tree_entry_id(entry), canonical(git_tree_entry_filemode_raw(entry))};
}

bool is_tree(const git_tree_entry* entry) {
    return entry != nullptr && git_tree_entry_type(entry) == GIT_OBJECT_TREE;
}

bool same(const git_tree_entry* one, const git_tree_entry* other) {
    return one != nullptr && other != nullptr && is_tree(one) == is_tree(other) &&
           git_oid_equal(git_tree_entry_id(one), git_tree_entry_id(other)) != 0 &&
           (is_tree(one) || wanted_of(one).mode == wanted_of(other).mode);
}

class Comparing {
public:
    explicit Comparing(git_repository* repository) : repository_(repository) {}

    Result<void> compare(git_tree* from, git_tree* to) {
        TRY(count(to));
        if (to != nullptr) TRY(check_names(to));
        for (std::size_t i = 0; to != nullptr && i < git_tree_entrycount(to); ++i) {
            const auto* const entry = git_tree_entry_byindex(to, i);
            const auto* const before =
                from != nullptr ? git_tree_entry_byname(from, git_tree_entry_name(entry)) : nullptr;
            if (!same(before, entry)) TRY(take(before, entry));
        }
        for (std::size_t i = 0; from != nullptr && i < git_tree_entrycount(from); ++i) {
            const auto* const entry = git_tree_entry_byindex(from, i);
            if (to == nullptr || git_tree_entry_byname(to, git_tree_entry_name(entry)) == nullptr)
                TRY(take(entry, nullptr));
        }
        return {};
    }
    Changes take_changes() { return std::move(changes_); }

private:
    /// Lookups in a tree need unique names in git's order.
    Result<void> check_names(git_tree* tree) const {
        std::vector<std::string_view> names;
        const auto refused = [&](std::string_view name, const char* what) {
            return fail(
                ErrorCode::refused,
                fmt::format("the commit's path {}{} {}", printable(path_), printable(name), what),
                "Git does not create such a tree.\n"
                "To find it, run in a clone of the repository: git fsck");
        };
        for (std::size_t i = 0; i < git_tree_entrycount(tree); ++i) {
            const auto* const entry = git_tree_entry_byindex(tree, i);
            names.emplace_back(git_tree_entry_name(entry));
            // It would collide with a path in the directory before the slash.
            if (names.back().find('/') != std::string_view::npos)
                return refused(names.back(), "has a slash in a file name");
            if (i > 0 && git_tree_entry_cmp(git_tree_entry_byindex(tree, i - 1), entry) > 0)
                return refused(names.back(), "is not in sorted order");
        }
        std::sort(names.begin(), names.end());
        const auto twice = std::adjacent_find(names.begin(), names.end());
        if (twice != names.end()) return refused(*twice, "exists twice");
        return {};
    }

    /// Adds two different entries of one name; either may be null.
    Result<void> take(const git_tree_entry* before, const git_tree_entry* after) {
        const auto length = path_.size();
        path_ += git_tree_entry_name(after != nullptr ? after : before);
        if (before != nullptr && !is_tree(before)) TRY(add(std::nullopt));
        if (after != nullptr && !is_tree(after)) TRY(add(wanted_of(after)));
        if (is_tree(before) || is_tree(after)) {
            path_ += '/';
            TRY(compare(TRY(tree_at(before)).get(), TRY(tree_at(after)).get()));
        }
        path_.resize(length);
        return {};
    }

    Result<void> add(std::optional<TreeEntry> wanted) {
        // A deletion comes before its replacement, and is overwritten by it.
        changes_.insert_or_assign(path_, wanted);
        path_bytes_ += path_.size();
        if (changes_.size() > limits::paths)
            return too_many(fmt::format("{} paths", limits::paths));
        if (path_bytes_ > limits::path_bytes)
            return too_many(fmt::format("{} bytes of paths", limits::path_bytes));
        return {};
    }

    static tl::unexpected<Error> too_many(std::string_view what) {
        return fail(ErrorCode::refused, fmt::format("the commit has more than {}", what),
                    "Remove files or directories from the repository.");
    }

    /// Counts directories too: trees that refer to each other repeatedly can expand without end,
    /// without any file.
    Result<void> count(git_tree* tree) {
        if (tree == nullptr) return {};
        entries_ += git_tree_entrycount(tree);
        if (++directories_ > limits::directories)
            return too_many(fmt::format("{} directories", limits::directories));
        if (entries_ > limits::tree_entries)
            return too_many(fmt::format("{} entries in its directories", limits::tree_entries));
        return {};
    }

    Result<TreeHandle> tree_at(const git_tree_entry* entry) {
        if (!is_tree(entry)) return TreeHandle{};
        if (path_.size() >= PATH_MAX)
            return fail(ErrorCode::refused,
                        fmt::format("the commit's directory {} is nested too deep for a path",
                                    printable(path_, 60)),
                        "Remove it from the repository. Git does not check it out either.");
        git_tree* raw = nullptr;
        TRY(checked(git_tree_lookup(&raw, repository_, git_tree_entry_id(entry)),
                    "read the directory " + printable(path_)));
        return TreeHandle{raw};
    }

    git_repository* repository_;
    std::string path_;  ///< of the current directory, with a slash at the end
    Changes changes_;
    std::size_t path_bytes_ = 0;
    std::size_t directories_ = 0;
    std::size_t entries_ = 0;
};

}  // namespace

Result<Changes> tree_changes(git_repository* repository, git_tree* from, git_tree* to) {
    Comparing comparing{repository};
    TRY(comparing.compare(from, to));
    return comparing.take_changes();
}

Result<std::optional<TreeEntry>> tree_entry_at(git_tree* tree, const std::string& path) {
    if (tree == nullptr) return std::optional<TreeEntry>{};
    git_tree_entry* raw = nullptr;
    const int code = git_tree_entry_bypath(&raw, tree, path.c_str());
    const TreeEntryHandle entry{raw};
    if (code == GIT_ENOTFOUND) return std::optional<TreeEntry>{};
    TRY(checked(code, fmt::format("find {} in the commit", printable(path))));
    if (is_tree(raw)) return std::optional<TreeEntry>{};
    return wanted_of(raw);
}

Result<void> check_objects(git_repository* repository, const Changes& changes) {
    git_odb* raw = nullptr;
    TRY(checked(git_repository_odb(&raw, repository), "open the objects"));
    const Handle<git_odb, git_odb_free> objects{raw};
    for (const auto& [path, wanted] : changes)
        if (wanted && wanted->mode != GIT_FILEMODE_COMMIT && git_odb_exists(raw, &wanted->id) == 0)
            return fail(ErrorCode::corrupt,
                        fmt::format("the content of {} is missing", printable(path)));
    return {};
}

}  // namespace inhaul::git
