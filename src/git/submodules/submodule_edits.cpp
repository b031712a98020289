// SPDX-License-Identifier: Apache-2.0
#include "submodule_edits.hpp"

#include <set>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include <git/edits/local_edits.hpp>
#include <git/edits/tracked.hpp>
#include <git/repository/tree.hpp>

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

constexpr int deepest_saved = 20;

/// Returns the commit that the superproject's commit pins, if the submodule has it.
Result<std::optional<CommitId>> pin_of(git_repository* repository,
                                       const std::optional<CommitId>& commit,
                                       const std::string& path, git_repository* submodule) {
    if (!commit) return std::optional<CommitId>{};
    const auto wanted = TRY(tree_entry_at(TRY(tree_of(repository, *commit)).get(), path));
    if (!wanted || wanted->mode != GIT_FILEMODE_COMMIT) return std::optional<CommitId>{};
    const auto pin = id_from(wanted->id);
    return has_commit(submodule, pin) ? std::optional{pin} : std::nullopt;
}

class SubmoduleEditSaver {
public:
    explicit SubmoduleEditSaver(const SaveTo& to) : to_(to) {}

    Result<void> save(git_repository* repository, const fs::path& place, IndexScan& tree,
                      const std::optional<CommitId>& target, std::vector<CommitId> ours,
                      const std::string& prefix, int depth) {
        const auto head = TRY(commit_at(repository, "HEAD"));
        if (head) ours.push_back(*head);
        if (depth == deepest_saved) return {};
        for (const auto& path : TRY(places_in(tree, target, head))) {
            const auto existing = TRY(tree.root().status_of(path));
            if (!existing || !S_ISDIR(existing->st_mode)) continue;
            const auto below = repository_at(place / path);
            if (!below) continue;
            std::vector<CommitId> pins;
            for (const auto& commit : ours)
                if (const auto pin = TRY(pin_of(repository, commit, path, below.get())))
                    pins.push_back(*pin);
            const auto pin = TRY(pin_of(repository, target, path, below.get()));
            auto saved = save_one(below.get(), pin, std::move(pins), prefix + path, depth);
            if (!saved)
                return fail(with_context(std::move(saved.error()), prefix + path, below.get()));
        }
        return {};
    }
    [[nodiscard]] std::vector<std::string> take_lines() { return std::move(lines_); }

private:
    Result<void> save_one(git_repository* repository, const std::optional<CommitId>& target,
                          std::vector<CommitId> ours, const std::string& path, int depth) {
        auto tree = TRY(IndexScan::scan(repository));
        const SaveEditsRequest what{repository, target, ours, nullptr, to_};
        for (const auto& line : TRY(save_edits(what, tree)))
            lines_.push_back(fmt::format("in the submodule {}: {}", printable(path, 200), line));
        return save(repository, git_repository_workdir(repository), tree, target, std::move(ours),
                    path + "/", depth + 1);
    }

    static Result<std::set<std::string>> places_in(IndexScan& tree,
                                                   const std::optional<CommitId>& target,
                                                   const std::optional<CommitId>& head) {
        std::set<std::string> places;
        for (auto& path : submodules_in(tree.index()))
            places.insert(std::move(path));
        for (const auto& commit : {target, head}) {
            if (!commit) continue;
            for (const auto& [path, wanted] : TRY(tree.changes_to(commit)))
                if (wanted && wanted->mode == GIT_FILEMODE_COMMIT) places.insert(path);
        }
        return places;
    }

    /// Damage in a submodule must not cause a rebuild of the superproject.
    static Error with_context(Error error, const std::string& path, git_repository* repository) {
        if (error.code == ErrorCode::corrupt) {
            error.code = ErrorCode::io;
            error.hint = "Run: " + git_command_for(repository, "fsck");
        }
        return std::move(error).within("submodule " + printable(path, 100));
    }

    const SaveTo& to_;
    std::vector<std::string> lines_;
};

}  // namespace

Result<std::vector<std::string>> save_edits_below(git_repository* repository, const fs::path& place,
                                                  IndexScan& tree,
                                                  const std::optional<CommitId>& target,
                                                  const std::vector<CommitId>& ours,
                                                  const SaveTo& to) {
    SubmoduleEditSaver saver{to};
    TRY(saver.save(repository, place, tree, target, ours, {}, 0));
    return saver.take_lines();
}

}  // namespace inhaul::git
