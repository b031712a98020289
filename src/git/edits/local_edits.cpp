// SPDX-License-Identifier: Apache-2.0
#include "local_edits.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <git/repository/own_names.hpp>
#include <git/repository/tree.hpp>
#include "git_operation.hpp"
#include "obstacles.hpp"
#include "patch.hpp"
#include "saved_files.hpp"
#include "tracked.hpp"

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

/// Larger files are copied: a patch needs both versions in memory.
constexpr ::off_t largest_in_a_patch = 32L * 1024 * 1024;

fs::path aside_in(git_repository* repository) {
    return fs::path{git_repository_path(repository)} / "inhaul-kept";
}

Result<std::vector<Rules>> rules_of(git_repository* repository,
                                    const std::vector<CommitId>& commits) {
    std::vector<Rules> rules;
    for (const auto& commit : commits)
        rules.push_back(TRY(Rules::of(repository, commit)));
    return rules;
}

bool is_same(const std::optional<TreeEntry>& one, const std::optional<TreeEntry>& other) {
    if (!one || !other) return !one && !other;
    return one->mode == other->mode && git_oid_equal(&one->id, &other->id) != 0;
}

class EditSaver {
public:
    EditSaver(const SaveEditsRequest& what, IndexScan& tree, std::optional<CommitId> head)
        : what_(what),
          tree_(tree),
          place_(git_repository_workdir(what.repository)),
          head_(std::move(head)),
          saved_files_(what.to, aside_in(what.repository), head_) {}

    Result<std::vector<std::string>> run() {
        versions_ = TRY(rules_of(what_.repository, what_.ours));
        const auto changed = TRY(tree_.changes_to(head_));
        if (!changed.empty()) {
            TRY(save_edits_on_disk(changed));
            TRY(save_staged_changes(changed));
        }
        if (what_.target) {
            TrackedFiles tracked{place_, tree_, changed};
            TRY(Obstacles(tree_.root(), place_, &tracked, versions_)
                    .save(TRY(to_be_written()), saved_files_));
        }
        TRY(save_commits());
        return saved_files_.take_lines();
    }

private:
    /// Includes the directories of submodules that stay: the index does not show if they exist.
    Result<Changes> to_be_written() {
        auto changes = TRY(tree_.changes_to(what_.target));
        const auto target = TRY(tree_of(what_.repository, *what_.target));
        for (const auto& path : submodules_in(tree_.index()))
            if (const auto wanted = TRY(tree_entry_at(target.get(), path)))
                changes.emplace(path, wanted);
        return changes;
    }

    Result<void> save_edits_on_disk(const Changes& changed) {
        auto differences = TRY(Differences::in(what_.repository));
        auto rules = TRY(Rules::of(what_.repository, head_));
        for (const auto& [path, before] : changed) {
            if (TRY(is_ours(path))) continue;
            TRY(differences.add(path, before, TRY(now_at(path, before, rules, differences))));
        }
        const auto patch = TRY(differences.patch());
        saved_files_.found().edited += patch.files + copied_;
        if (patch.files > 0)
            saved_files_.report(
                fmt::format("saved {} as {}", counted(patch.files, "edited file"),
                            TRY(saved_files_.write_patch("edits", patch.text)).string()));
        if (copied_ > 0)
            saved_files_.report(fmt::format("copied {} to {}",
                                            counted(copied_, "large edited file"),
                                            saved_files_.copies("edits").string()));
        return {};
    }

    /// Returns the file on disk as a commit on top of HEAD would have it.
    Result<std::optional<TreeEntry>> now_at(const std::string& path,
                                            const std::optional<TreeEntry>& before, Rules& rules,
                                            Differences& differences) {
        const auto found = TRY(tree_.root().status_of(path));
        if (!found) return std::optional<TreeEntry>{};
        if (S_ISDIR(found->st_mode) && before && before->mode == GIT_FILEMODE_COMMIT) return before;
        if (S_ISLNK(found->st_mode)) {
            const auto target = TRY(tree_.root().read_link(path));
            return std::optional{
                TreeEntry{TRY(differences.add_content(target)), GIT_FILEMODE_LINK}};
        }
        if (!S_ISREG(found->st_mode)) return std::optional<TreeEntry>{};
        auto content = found->st_size <= largest_in_a_patch ? tree_.root().read_file(path)
                                                            : Result<std::string>{};
        if (found->st_size > largest_in_a_patch ||
            (!content && content.error().code == ErrorCode::permission)) {
            if (TRY(saved_files_.copy("edits", place_, path))) ++copied_;
            return before;
        }
        if (!content) return fail(std::move(content.error()));
        const auto cleaned = TRY(rules.to_repository(path, std::move(*content)));
        return std::optional{
            TreeEntry{TRY(differences.add_content(cleaned)), tree_.mode_of(*found, before)}};
    }

    /// Returns true if an interrupted switch wrote the file, or the target has the same file.
    Result<bool> is_ours(const std::string& path) {
        const auto found = TRY(tree_.root().status_of(path));
        // After a killed switch, an old submodule may be partly removed, and a new one not yet
        // written.
        const bool written = git_index_entrycount(tree_.index()) > 0;
        if (!found && !(what_.target && written)) return true;
        for (auto& version : versions_) {
            const auto wanted = TRY(version.wanted(path));
            if (!wanted && !found) return true;
            if (!wanted || !found || !TRY(is_on_disk(tree_.root(), version, path, *wanted)))
                continue;
            if (!S_ISREG(found->st_mode) || tree_.mode_of(*found, wanted) == wanted->mode)
                return true;
        }
        return false;
    }

    /// Saves staged changes that differ from the file on disk: the other patch lacks them.
    Result<void> save_staged_changes(const Changes& changed) {
        auto differences = TRY(Differences::in(what_.repository));
        for (const auto& [path, before] : changed)
            if (const auto staged = TRY(only_staged(path, before)))
                TRY(differences.add(path, before, staged));
        const auto patch = TRY(differences.patch());
        saved_files_.found().staged += patch.files;
        if (patch.files > 0)
            saved_files_.report(
                fmt::format("saved the staged changes of {} as {}", counted(patch.files, "file"),
                            TRY(saved_files_.write_patch("staged", patch.text)).string()));
        return {};
    }

    Result<std::optional<TreeEntry>> only_staged(const std::string& path,
                                                 const std::optional<TreeEntry>& before) {
        const auto* const entry = git_index_get_bypath(tree_.index(), path.c_str(), 0);
        if (entry == nullptr || (entry->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD) != 0)
            return std::optional<TreeEntry>{};
        const std::optional<TreeEntry> staged{
            TreeEntry{entry->id, static_cast<git_filemode_t>(entry->mode)}};
        const bool is_module = entry->mode == GIT_FILEMODE_COMMIT;
        if (is_same(staged, before) || (!is_module && tree_.edited().count(path) == 0))
            return std::optional<TreeEntry>{};
        for (auto& version : versions_)
            if (is_same(TRY(version.wanted(path)), staged)) return std::optional<TreeEntry>{};
        return staged;
    }

    /// Keeps local commits that nothing else refers to.
    Result<void> save_commits() {
        TRY(keep_ref("HEAD"));
        if (what_.branch == nullptr) return {};
        TRY(keep_ref(what_.branch->ref().c_str()));
        for (const auto& commit : TRY(save_git_operation(what_.repository, saved_files_)))
            TRY(keep_commit(commit));
        return {};
    }

    Result<void> keep_ref(const char* ref) {
        const auto commit = TRY(commit_at(what_.repository, ref));
        return commit ? keep_commit(*commit) : Result<void>{};
    }

    Result<void> keep_commit(const CommitId& commit) {
        if (commit == what_.target || is_kept(commit) || TRY(is_named_elsewhere(commit))) return {};
        kept_.push_back(commit);
        ++saved_files_.found().commits;
        if (saved_files_.only_counts()) return {};
        auto ref = own_refs::saved_as(commit.short_form());
        if (TRY(commit_at(what_.repository, ref.c_str()))) ref = own_refs::saved_as(commit.hex());
        TRY(set_ref(what_.repository, ref, commit, "inhaul: local commit"));
        saved_files_.report(
            fmt::format("kept the local commit {} as {}", commit.short_form(), ref));
        return {};
    }

    [[nodiscard]] bool contains(const CommitId& tip, const CommitId& commit) const {
        const auto one = oid_from(tip);
        const auto other = oid_from(commit);
        return tip == commit || git_graph_descendant_of(what_.repository, &one, &other) == 1;
    }

    [[nodiscard]] bool is_kept(const CommitId& commit) const {
        return std::any_of(kept_.begin(), kept_.end(),
                           [&](const CommitId& kept) { return contains(kept, commit); });
    }

    /// Returns true if another ref, which stays when the branch moves, contains the commit.
    Result<bool> is_named_elsewhere(const CommitId& commit) {
        git_reference_iterator* raw = nullptr;
        TRY(checked(git_reference_iterator_new(&raw, what_.repository), "list the refs"));
        const Handle<git_reference_iterator, git_reference_iterator_free> refs{raw};
        const char* name = nullptr;
        while (git_reference_next_name(&name, raw) == 0) {
            if (what_.branch != nullptr && what_.branch->ref() == name) continue;
            const auto tip = commit_at(what_.repository, name);
            if (tip && *tip && contains(**tip, commit)) return true;
        }
        return false;
    }

    const SaveEditsRequest& what_;
    IndexScan& tree_;
    fs::path place_;
    std::optional<CommitId> head_;
    SavedFiles saved_files_;
    std::vector<Rules> versions_;
    std::vector<CommitId> kept_;  ///< local commits that are counted or saved
    std::size_t copied_ = 0;
};

}  // namespace

Result<std::vector<std::string>> save_edits(const SaveEditsRequest& what, IndexScan& tree) {
    auto head = TRY(commit_at(what.repository, "HEAD"));
    return EditSaver{what, tree, std::move(head)}.run();
}

Result<std::vector<std::string>> save_obstacles(git_repository* repository, const CommitId& target,
                                                const fs::path& place, const SaveTo& to) {
    auto root = TRY(SafeDirectory::open(place));
    auto versions = TRY(rules_of(repository, {target}));
    const auto wanted =
        TRY(tree_changes(repository, nullptr, TRY(tree_of(repository, target)).get()));
    SavedFiles saved_files{to, aside_in(repository), target};
    const auto checkout = repository_at(place);
    if (!checkout) {
        TRY(Obstacles(root, place, nullptr, versions).save(wanted, saved_files));
        return saved_files.take_lines();
    }
    auto tree = TRY(IndexScan::scan(checkout.get()));
    const auto changed = TRY(tree.changes_to(TRY(commit_at(checkout.get(), "HEAD"))));
    TrackedFiles tracked{place, tree, changed};
    TRY(Obstacles(root, place, &tracked, versions).save(wanted, saved_files));
    return saved_files.take_lines();
}

}  // namespace inhaul::git
