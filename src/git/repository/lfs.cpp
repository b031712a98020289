// SPDX-License-Identifier: Apache-2.0
#include "lfs.hpp"

#include <git/checkout/rules.hpp>
#include <git/checkout/tree_changes.hpp>
#include <git/repair/integrity.hpp>
#include "tree.hpp"

namespace inhaul::git {
namespace {

// https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
constexpr std::string_view first_line{"version https://git-lfs.github.com/spec/"};
constexpr std::size_t largest_pointer = 1024;

Result<bool> is_pointer(git_repository* repository, git_odb* objects, const git_oid& id) {
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    TRY(checked(git_odb_read_header(&size, &type, objects, &id), "read the header of a file"));
    if (size > largest_pointer || size < first_line.size()) return false;
    git_blob* raw = nullptr;
    TRY(checked(git_blob_lookup(&raw, repository, &id), "read a file of the commit"));
    const Handle<git_blob, git_blob_free> blob{raw};
    const std::string_view content{static_cast<const char*>(git_blob_rawcontent(raw)),
                                   static_cast<std::size_t>(git_blob_rawsize(raw))};
    return content.starts_with(first_line);
}

}  // namespace

Result<std::vector<std::string>> lfs_pointers_of(git_repository* repository,
                                                 const std::optional<CommitId>& from,
                                                 const CommitId& to, std::size_t limit) {
    git_odb* raw = nullptr;
    TRY(checked(git_repository_odb(&raw, repository), "open the objects"));
    const Handle<git_odb, git_odb_free> objects{raw};
    TreeHandle before;
    if (from && TRY(is_here(repository, *from))) before = TRY(tree_of(repository, *from));
    const auto after = TRY(tree_of(repository, to));
    auto rules = TRY(Rules::of(repository, to));
    std::vector<std::string> found;
    for (const auto& [path, wanted] : TRY(tree_changes(repository, before.get(), after.get()))) {
        if (found.size() >= limit) break;
        if (!wanted ||
            (wanted->mode != GIT_FILEMODE_BLOB && wanted->mode != GIT_FILEMODE_BLOB_EXECUTABLE))
            continue;
        if (TRY(is_pointer(repository, objects.get(), wanted->id)) &&
            TRY(rules.filter_of(path)) == "lfs")
            found.push_back(path);
    }
    return found;
}

}  // namespace inhaul::git
