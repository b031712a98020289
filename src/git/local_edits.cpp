#include "local_edits.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include "patch.hpp"
#include "tree.hpp"

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

std::string plural(std::size_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

/// One set of things to save: all under one name that says when and on top of what.
class Saving {
public:
    Saving(git_repository* repository, WorkTree& tree, const CommitId& target,
           const fs::path& directory, std::optional<CommitId> head)
        : repository_(repository),
          tree_(tree),
          target_(target),
          directory_(directory),
          head_(std::move(head)),
          name_(free_name()) {}

    Result<std::vector<std::string>> run(const BranchName& branch) {
        if (!TRY(tree_.changes_to(head_)).empty()) {
            TRY(save_edits_on_disk());
            TRY(save_what_only_the_index_has());
        }
        TRY(save_files_in_the_way());
        TRY(keep_commits("HEAD"));
        TRY(keep_commits(branch.ref().c_str()));
        return std::move(lines_);
    }

private:
    /// Of this second, and not taken.
    [[nodiscard]] std::string free_name() const {
        auto time = format_utc(system_clock().now());
        std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
        const auto stem = fmt::format("{}-{}", time, head_ ? head_->short_form() : "unborn");
        auto name = stem;
        for (int i = 2; is_taken(name); ++i)
            name = fmt::format("{}-{}", stem, i);
        return name;
    }
    [[nodiscard]] bool is_taken(const std::string& name) const {
        std::error_code ignored;
        return fs::exists(file_for("edits", name), ignored) ||
               fs::exists(file_for("staged", name), ignored) ||
               fs::exists(directory_ / ("in-the-way-" + name), ignored);
    }
    [[nodiscard]] fs::path file_for(std::string_view what, const std::string& name) const {
        return directory_ / fmt::format("{}-{}.patch", what, name);
    }

    Result<void> save_edits_on_disk() {
        const auto diff = TRY(differences(repository_, head_, GIT_DIFF_SHOW_BINARY));
        const auto patches = TRY(patches_of(diff.get(), std::nullopt));
        if (patches.files == 0) return {};
        const auto file = file_for("edits", name_);
        TRY(write(file, patches.text));
        lines_.push_back(
            fmt::format("saved {} as {}", plural(patches.files, "edited file"), file.string()));
        return {};
    }

    /// Staged, and then changed once more on disk: the other patch does not have it.
    Result<void> save_what_only_the_index_has() {
        const auto staged = TRY(staged_differences(repository_, head_));
        const auto unstaged = TRY(unstaged_differences(repository_));
        auto only_staged = paths_of(staged.get());
        const auto changed_again = paths_of(unstaged.get());
        std::erase_if(only_staged,
                      [&](const auto& path) { return changed_again.count(path) == 0; });
        const auto patches = TRY(patches_of(staged.get(), only_staged));
        if (patches.files == 0) return {};
        const auto file = file_for("staged", name_);
        TRY(write(file, patches.text));
        lines_.push_back(fmt::format("saved what was staged of {} as {}",
                                     plural(patches.files, "file"), file.string()));
        return {};
    }

    Result<void> write(const fs::path& file, std::string_view content) {
        TRY(file::make_directories(directory_, 0700));
        return file::write_atomically(file, content, 0600);
    }

    /// Untracked things where the commit has files: git overwrites them, so they are copied first.
    Result<void> save_files_in_the_way() {
        const fs::path root{git_repository_workdir(repository_)};
        const auto copies = directory_ / ("in-the-way-" + name_);
        const auto obstacles = TRY(find_obstacles(root));
        for (const auto& obstacle : obstacles) {
            TRY(file::make_directories((copies / obstacle).parent_path(), 0700));
            std::error_code error;
            fs::copy(root / obstacle, copies / obstacle,
                     fs::copy_options::recursive | fs::copy_options::copy_symlinks |
                         fs::copy_options::overwrite_existing,
                     error);
            if (error)
                return fail(system_error(error.value(), "copy " + (root / obstacle).string()));
        }
        if (!obstacles.empty())
            lines_.push_back(fmt::format("copied {} in the way of the commit's to {}",
                                         plural(obstacles.size(), "untracked file"),
                                         copies.string()));
        return {};
    }

    /// What is not in the index is untracked, also what was taken out of the index alone.
    Result<std::set<fs::path>> find_obstacles(const fs::path& root) {
        std::set<fs::path> obstacles;
        for (const auto& [path, wanted] : TRY(tree_.changes_to(target_)))
            if (wanted && git_index_find(nullptr, tree_.index(), path.c_str()) != 0)
                if (const auto obstacle = obstacle_to(root, path)) obstacles.insert(*obstacle);
        return obstacles;
    }

    /// What stands where `path` will be written, if it is something else than will be written.
    [[nodiscard]] std::optional<fs::path> obstacle_to(const fs::path& root,
                                                      const std::string& path) const {
        fs::path so_far;
        for (const auto& part : fs::path{path}) {
            so_far /= part;
            std::error_code ignored;
            const auto status = fs::symlink_status(root / so_far, ignored);
            if (!fs::exists(status)) return std::nullopt;
            const bool last = so_far == fs::path{path};
            if (!fs::is_directory(status)) {
                if (is_tracked(so_far) || (last && is_wanted_content(path))) return std::nullopt;
                return so_far;
            }
            if (last) return so_far;
        }
        return std::nullopt;
    }

    /// Tracked now: its edits are in the patch.
    [[nodiscard]] bool is_tracked(const fs::path& path) const {
        unsigned status = 0;
        if (git_status_file(&status, repository_, path.c_str()) != 0) return false;
        return (status & (GIT_STATUS_WT_NEW | GIT_STATUS_IGNORED)) == 0;
    }

    [[nodiscard]] bool is_wanted_content(const std::string& path) const {
        const auto tree = tree_of(repository_, target_);
        if (!tree) return false;
        git_tree_entry* raw = nullptr;
        if (git_tree_entry_bypath(&raw, tree->get(), path.c_str()) != 0) return false;
        const TreeEntryHandle entry{raw};
        git_oid found{};
        return git_repository_hashfile(&found, repository_, path.c_str(), GIT_OBJECT_BLOB,
                                       nullptr) == 0 &&
               git_oid_equal(&found, git_tree_entry_id(raw)) != 0;
    }

    /// Commits that a person made here and that nothing else will name once the branch moves.
    Result<void> keep_commits(const char* ref) {
        const auto commit = TRY(commit_at(repository_, ref));
        if (!commit || *commit == target_ || TRY(is_named_elsewhere(*commit))) return {};
        const auto saved = "refs/inhaul/saved/" + commit->short_form();
        if (TRY(commit_at(repository_, saved.c_str()))) return {};
        TRY(set_ref(repository_, saved, *commit, "inhaul: local commit"));
        lines_.push_back(
            fmt::format("kept the local commit {} as {}", commit->short_form(), saved));
        return {};
    }

    Result<bool> is_named_elsewhere(const CommitId& commit) {
        git_reference_iterator* raw = nullptr;
        TRY(checked(git_reference_iterator_new(&raw, repository_), "list the refs"));
        const Handle<git_reference_iterator, git_reference_iterator_free> refs{raw};
        const char* name = nullptr;
        while (git_reference_next_name(&name, raw) == 0) {
            const std::string_view ref{name};
            if (ref != live_ref && !ref.starts_with("refs/inhaul/") &&
                !ref.starts_with("refs/remotes/"))
                continue;
            const auto tip = commit_at(repository_, name);
            if (!tip || !*tip) continue;
            const auto one = oid_from(**tip);
            const auto other = oid_from(commit);
            if (**tip == commit || git_graph_descendant_of(repository_, &one, &other) == 1)
                return true;
        }
        return false;
    }

    git_repository* repository_;
    WorkTree& tree_;
    const CommitId& target_;
    const fs::path& directory_;
    std::optional<CommitId> head_;
    std::string name_;
    std::vector<std::string> lines_;
};

}  // namespace

Result<std::vector<std::string>> save_edits(git_repository* repository, WorkTree& tree,
                                            const BranchName& branch, const CommitId& target,
                                            const fs::path& directory) {
    auto head = TRY(commit_at(repository, "HEAD"));
    return Saving{repository, tree, target, directory, std::move(head)}.run(branch);
}

}  // namespace inhaul::git
