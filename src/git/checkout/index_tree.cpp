// SPDX-License-Identifier: Apache-2.0
#include "index_tree.hpp"

#include <array>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/text.hpp>

#include <git/repository/tree.hpp>

namespace inhaul::git {
namespace {

constexpr std::size_t checksum_size = 20;

std::string tree_file(git_repository* repository) {
    return std::string{git_repository_path(repository)} + "inhaul.index";
}

std::string hex(const git_oid& id) {
    std::string text(GIT_OID_HEXSZ, '\0');
    git_oid_fmt(text.data(), &id);
    return text;
}

/// Returns the SHA-1 at the end of the index file; nothing with index.skipHash.
std::optional<git_oid> checksum_of_index(git_repository* repository) {
    const auto file = std::string{git_repository_path(repository)} + "index";
    const FileDescriptor index{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    const auto end =
        index ? ::lseek(index.get(), -static_cast<::off_t>(checksum_size), SEEK_END) : ::off_t{-1};
    std::array<unsigned char, checksum_size> bytes{};
    if (end < 0 ||
        ::read(index.get(), bytes.data(), bytes.size()) != static_cast<::ssize_t>(bytes.size()))
        return std::nullopt;
    git_oid checksum{};
    git_oid_fromraw(&checksum, bytes.data());
    if (git_oid_is_zero(&checksum) != 0) return std::nullopt;
    return checksum;
}

bool is_in_index(git_index* index, const std::string& path, const TreeEntry& wanted) {
    const auto* const entry = git_index_get_bypath(index, path.c_str(), 0);
    return entry != nullptr && entry->mode == wanted.mode &&
           git_oid_equal(&entry->id, &wanted.id) != 0;
}

}  // namespace

Result<Changes> index_changes(git_repository* repository, git_index* index, git_tree* tree) {
    if (const auto known = recorded_tree(repository)) {
        git_tree* raw = nullptr;
        const int code = git_tree_lookup(&raw, repository, &*known);
        const TreeHandle now{raw};
        if (code == 0) return tree_changes(repository, raw, tree);
    }
    auto changes = TRY(tree_changes(repository, nullptr, tree));
    std::erase_if(changes, [&](const auto& change) {
        return change.second && is_in_index(index, change.first, *change.second);
    });
    for (std::size_t i = 0; i < git_index_entrycount(index); ++i) {
        const std::string path{git_index_get_byindex(index, i)->path};
        if (!TRY(tree_entry_at(tree, path))) changes.emplace(path, std::nullopt);
    }
    return changes;
}

Result<void> record_tree(git_repository* repository, const git_oid& tree) {
    const auto checksum = checksum_of_index(repository);
    if (!checksum) return {};
    return file::write_unsynced(tree_file(repository),
                                fmt::format("{} {}\n", hex(*checksum), hex(tree)), 0644);
}

Result<void> record_tree(git_repository* repository, git_tree* tree) {
    return record_tree(repository, *git_tree_id(tree));
}

std::optional<git_oid> recorded_tree(git_repository* repository) {
    constexpr std::size_t size = 2 * GIT_OID_HEXSZ + 2;
    const auto note = file::read(tree_file(repository), size);
    const auto checksum = checksum_of_index(repository);
    if (!note || note->size() != size || !checksum || !note->starts_with(hex(*checksum) + " "))
        return std::nullopt;
    git_oid tree{};
    if (git_oid_fromstrn(&tree, note->data() + GIT_OID_HEXSZ + 1, GIT_OID_HEXSZ) != 0)
        return std::nullopt;
    return tree;
}

}  // namespace inhaul::git
