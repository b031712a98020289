// SPDX-License-Identifier: Apache-2.0
#include "patch.hpp"

#include <set>

#include <fmt/format.h>
#include <git2/sys/repository.h>

#include <inhaul/util/text.hpp>

#include <git/repository/libgit2.hpp>

namespace inhaul::git {
namespace {

Result<IndexHandle> index_in_memory() {
    git_index* raw = nullptr;
    TRY(checked(git_index_new(&raw), "create an index in memory"));
    return IndexHandle{raw};
}

Result<void> add_to(git_index* index, const std::string& path,
                    const std::optional<TreeEntry>& what) {
    if (!what) return {};
    git_index_entry entry{};
    entry.mode = what->mode;
    entry.id = what->id;
    entry.path = path.c_str();
    return checked(git_index_add(index, &entry), "compare " + printable(path));
}

/// Removes the line about a binary file whose mode alone has changed. git rejects a patch with it.
std::string_view without_note(std::string_view patch, const git_diff_delta& delta) {
    constexpr std::string_view note{"\nBinary files "};
    const auto at = patch.find(note);
    const bool same = git_oid_equal(&delta.old_file.id, &delta.new_file.id) != 0;
    return same && at != std::string_view::npos ? patch.substr(0, at + 1) : patch;
}

}  // namespace

Result<Differences> Differences::in(git_repository* repository) {
    Differences made;
    git_repository* raw = nullptr;
    TRY(checked(git_repository_open_bare(&raw, git_repository_commondir(repository)),
                "open the repository to compare"));
    made.repository_.reset(raw);
    TRY(write_to_memory(raw));
    // Uses no attributes. For `diff=python`, libgit2 would search each line before a change for a
    // function's name, and leak 20 kB per line.
    const auto no_attributes = TRY(index_in_memory());
    git_repository_set_index(raw, no_attributes.get());
    made.before_ = TRY(index_in_memory());
    made.after_ = TRY(index_in_memory());
    return made;
}

Result<git_oid> Differences::add_content(std::string_view content) {
    git_oid id{};
    TRY(checked(git_blob_create_from_buffer(&id, repository_.get(), content.data(), content.size()),
                "keep content in memory"));
    return id;
}

Result<void> Differences::add(const std::string& path, const std::optional<TreeEntry>& before,
                              const std::optional<TreeEntry>& after) {
    TRY(add_to(before_.get(), path, before));
    return add_to(after_.get(), path, after);
}

Result<Patch> Differences::patch() {
    git_diff_options options = GIT_DIFF_OPTIONS_INIT;
    options.flags = GIT_DIFF_SHOW_BINARY;
    git_diff* raw = nullptr;
    TRY(checked(
        git_diff_index_to_index(&raw, repository_.get(), before_.get(), after_.get(), &options),
        "compare the files"));
    const DiffHandle diff{raw};
    Patch made;
    std::set<std::string> files;
    for (std::size_t i = 0; i < git_diff_num_deltas(raw); ++i) {
        git_patch* one = nullptr;
        TRY(checked(git_patch_from_diff(&one, raw, i), "create a patch"));
        const Handle<git_patch, git_patch_free> patch{one};
        Buffer text;
        TRY(checked(git_patch_to_buf(text.get(), one), "write a patch"));
        const auto& delta = *git_patch_get_delta(one);
        made.text += without_note(text.text(), delta);
        files.insert(delta.new_file.path);
    }
    made.files = files.size();
    return made;
}

}  // namespace inhaul::git
