// SPDX-License-Identifier: Apache-2.0
#include "tracked.hpp"

#include <git/repository/tree.hpp>

namespace inhaul::git {

namespace fs = std::filesystem;

struct TrackedFiles::Below {
    RepositoryHandle repository;
    IndexScan tree;
    Changes changed;
    std::unique_ptr<TrackedFiles> tracked;
};

TrackedFiles::TrackedFiles(fs::path place, const IndexScan& tree, const Changes& changed)
    : place_(std::move(place)),
      tree_(&tree),
      changed_(&changed),
      submodules_(submodules_in(tree.index())) {}
TrackedFiles::~TrackedFiles() = default;
TrackedFiles::TrackedFiles(TrackedFiles&&) noexcept = default;

bool TrackedFiles::has(const std::string& path) {
    std::size_t at = 0;
    const bool in_index = git_index_find(&at, tree_->index(), path.c_str()) == 0 &&
                          git_index_get_byindex(tree_->index(), at)->mode != GIT_FILEMODE_COMMIT;
    if (in_index || changed_->count(path) > 0) return true;
    for (const auto& submodule : submodules_) {
        if (!path.starts_with(submodule + "/")) continue;
        auto* const inner = below(submodule);
        return inner != nullptr && inner->tracked->has(path.substr(submodule.size() + 1));
    }
    return false;
}

/// Returns null if the submodule is unreadable: then none of its files count as known.
TrackedFiles::Below* TrackedFiles::below(const std::string& path) {
    const auto [at, is_new] = opened_.try_emplace(path);
    if (!is_new) return at->second.get();
    auto repository = repository_at(place_ / path);
    if (!repository) return nullptr;
    const auto head = commit_at(repository.get(), "HEAD");
    auto tree = IndexScan::scan(repository.get());
    if (!head || !tree) return nullptr;
    auto changed = tree->changes_to(*head);
    if (!changed) return nullptr;
    at->second = std::make_unique<Below>(
        Below{std::move(repository), std::move(*tree), std::move(*changed), nullptr});
    at->second->tracked =
        std::make_unique<TrackedFiles>(place_ / path, at->second->tree, at->second->changed);
    return at->second.get();
}

std::vector<std::string> submodules_in(git_index* index) {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < git_index_entrycount(index); ++i) {
        const auto* const entry = git_index_get_byindex(index, i);
        if (entry->mode == GIT_FILEMODE_COMMIT) found.emplace_back(entry->path);
    }
    return found;
}

RepositoryHandle repository_at(const fs::path& place) {
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(place / ".git", ignored))) return RepositoryHandle{};
    git_repository* raw = nullptr;
    if (git_repository_open_ext(&raw, place.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr) != 0)
        return RepositoryHandle{};
    RepositoryHandle repository{raw};
    // core.worktree may point elsewhere.
    const auto* const files = git_repository_workdir(raw);
    if (files == nullptr || !fs::equivalent(files, place, ignored)) return RepositoryHandle{};
    return repository;
}

}  // namespace inhaul::git
