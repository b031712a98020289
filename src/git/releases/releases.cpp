// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <climits>
#include <filesystem>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/git/repository.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

#include <git/checkout/index_scan.hpp>
#include <git/checkout/stamp.hpp>
#include <git/checkout/switch.hpp>
#include <git/checkout/writable.hpp>
#include <git/edits/hook_edits.hpp>
#include <git/edits/local_edits.hpp>
#include <git/repair/stale_files.hpp>
#include <git/repository/objects.hpp>
#include <git/repository/open_repository.hpp>
#include <git/repository/own_names.hpp>
#include <git/repository/packs.hpp>
#include <git/repository/tree.hpp>
#include <git/submodules/submodules.hpp>
#include "release_builds.hpp"
#include "shared_paths.hpp"
#include "worktree.hpp"

namespace inhaul::git {
namespace {

constexpr auto next_link = "inhaul.current";

class Releases final : public Objects {
public:
    Releases(fs::path directory, BranchName branch, Access access, ReleaseSettings settings)
        : Objects(std::move(branch), std::move(access)),
          directory_(std::move(directory)),
          builds_(directory_),
          settings_(std::move(settings)) {}

    Result<void> open() override {
        mirror_ = {};
        mirror_ = TRY(open_mirror(directory_, mirror_directory(), branch_));
        return {};
    }

    Result<void> open_for_dry_run(const fs::path& scratch) override {
        if (!TRY(would_create(directory_, mirror_directory()))) return open();
        scratch_.emplace(TRY(make_scratch(scratch)));
        directory_ = scratch_->path() / directory_.filename();
        builds_ = ReleaseBuilds{directory_};
        return open();
    }

    Result<void> reopen() override {
        if (!mirror_.repository) return open();
        mirror_.repository.reset();
        mirror_.repository = TRY(open_bare(mirror_directory(), branch_));
        return {};
    }

    Result<void> recreate() override {
        mirror_ = {};
        TRY(rebuild_at(mirror_directory(), true));
        return open();
    }

    [[nodiscard]] fs::path git_place() const override { return mirror_directory(); }

    Result<CommitId> fetch(const OnProgress& progress,
                           const std::optional<CommitId>& known_head) override {
        return fetch_objects(progress, known_head);
    }

    Result<std::optional<CommitId>> head() override {
        const auto live = TRY(builds_.live());
        return live ? std::optional{live->commit} : std::nullopt;
    }

    [[nodiscard]] fs::path place_of(const CommitId& commit) const override {
        return builds_.place_of(builds_.of(commit));
    }
    [[nodiscard]] bool uses_release_directories() const override { return true; }

    Result<Comparison> compare(const CommitId& target) override {
        Comparison comparison;
        const auto name = builds_.of(target);
        comparison.head_is_target = TRY(builds_.live()) == name;
        if (!builds_.exists(name)) return comparison;
        const auto release = TRY(open_release(name));
        auto tree = TRY(IndexScan::scan(release.get()));
        auto changes = TRY(tree.changes_to(target));
        TRY(ignore_recorded_edits(release.get(), tree, target, changes));
        comparison.tree_is_target = changes.empty() && TRY(is_linked(target));
        comparison.edited = changes.size();
        TRY(compare_submodules(superproject(target), target, comparison));
        // Edits in a release that is not live do not run.
        if (!comparison.head_is_target) comparison.edited = 0;
        if (!comparison.head_is_target) comparison.submodules_moved = false;
        return comparison;
    }

    Result<std::vector<std::string>> save_local_edits(const CommitId& target,
                                                      const fs::path& directory) override {
        return save_edits_in(builds_.of(target), {directory});
    }
    Result<LocalEdits> local_edits(const CommitId& target) override {
        LocalEdits found;
        (void)TRY(save_edits_in(builds_.of(target), {.only_count = &found}));
        return found;
    }

    Result<std::vector<std::string>> adopt_edits(const CommitId& commit) override {
        const auto release = TRY(open_release(builds_.of(commit)));
        auto paths = TRY(record_edits(release.get(), commit));
        for (auto& path : TRY(record_submodule_edits(superproject(commit), commit)))
            paths.push_back(std::move(path));
        return paths;
    }

    Result<void> prepare(const CommitId& target, bool rebuild) override {
        if (rebuild) TRY(builds_.begin_further_build(target));
        TRY(refuse_tracked_shared_paths(target));
        const auto name = builds_.of(target);
        TRY(make_worktree(builds_.place_of(name), builds_.admin_of(name), target));
        const auto release = TRY(open_release(name));
        auto tree = TRY(IndexScan::scan(release.get()));
        auto changes = TRY(tree.changes_to(target));
        TRY(ignore_recorded_edits(release.get(), tree, target, changes));
        if (!changes.empty()) {
            auto like = TRY(live_tree(target));
            TRY(write_tree(release.get(), std::move(tree), target, like ? &like->tree : nullptr));
        } else {
            tree.root().finish();  // after a killed run
        }
        TRY(set_head(release.get(), target));
        const auto live = TRY(builds_.live());
        const auto like = live && live->commit != target ? builds_.place_of(*live) : fs::path{};
        TRY(write_submodules(superproject(target), target, like.empty() ? nullptr : &like));
        return link_shared(target);
    }

    Result<bool> is_built(const CommitId& commit) override { return builds_.is_built(commit); }
    Result<void> note_built(const CommitId& commit) override { return builds_.note_built(commit); }
    Result<bool> has_earlier_build(const CommitId& commit) override {
        return builds_.has_earlier_build(commit);
    }
    Result<void> drop_build(const CommitId& commit) override { return builds_.drop_build(commit); }
    Result<void> tidy() override { return merge_all_packs(mirror_directory()); }

    /// Does not check space for the files: building a release does, beside the live one.
    Result<void> check_switch(const CommitId& target) override {
        TRY(refuse_tracked_shared_paths(target));
        const auto tree = TRY(tree_of(repository(), target));
        TRY(check_commit(repository(), target, TRY(tree_changes(repository(), nullptr, tree.get())),
                         longest_in_a_release()));
        TRY(check_submodules(superproject(target), target));
        return check_releases(directory_);
    }

    /// A switch changes only the link.
    Result<bool> undo_switch(const CommitId& before) override {
        if (TRY(head()) == before) return false;
        TRY(switch_to(before));
        return true;
    }

    /// Crash point: `current` links to the old release before the rename, to the new one after it.
    Result<void> switch_to(const CommitId& target) override {
        TRY(prepare(target, false));
        const auto temporary = mirror_directory() / next_link;
        const auto link = directory_ / "current";
        ::unlink(temporary.c_str());
        if (::symlink(("releases/" + builds_.of(target).text()).c_str(), temporary.c_str()) != 0)
            return fail(system_error(errno, "create the link " + temporary.string()));
        if (::rename(temporary.c_str(), link.c_str()) != 0)
            return fail(system_error(errno, "replace the link " + link.string()));
        TRY(set_ref(repository(), own_refs::live, target, "inhaul: deploy " + target.short_form()));
        return file::sync_file_system(directory_);
    }

    Result<bool> write_stamp(const fs::path& stamp, const CommitId& commit,
                             TimePoint time) override {
        const auto release = TRY(open_release(builds_.of(commit)));
        return git::write_stamp(release.get(), stamp, commit, time);
    }

    Result<std::vector<std::string>> prune(const std::vector<CommitId>& needed,
                                           const fs::path& directory) override {
        std::vector<std::string> lines;
        for (const auto& name : TRY(builds_.unneeded(needed, settings_.keep))) {
            for (auto& line : TRY(save_edits_in(name, {directory})))
                lines.push_back(std::move(line));
            TRY(remove_release(name));
        }
        return lines;
    }

    Result<LocalEdits> edits_to_prune(const std::vector<CommitId>& needed) override {
        LocalEdits found;
        for (const auto& name : TRY(builds_.unneeded(needed, settings_.keep)))
            (void)TRY(save_edits_in(name, {.only_count = &found}));
        return found;
    }

protected:
    [[nodiscard]] git_repository* repository() const override { return mirror_.repository.get(); }
    [[nodiscard]] Superproject superproject(const CommitId& commit) const override {
        return superproject(builds_.of(commit));
    }

private:
    /// Another release to compare with.
    struct Other {
        RepositoryHandle repository;
        IndexScan tree;
    };

    [[nodiscard]] std::size_t longest_in_a_release() const {
        const auto beside = place_of(*CommitId::parse(std::string(40, '0'))).string().size() + 8;
        return beside < PATH_MAX ? PATH_MAX - beside : 0;
    }

    [[nodiscard]] fs::path mirror_directory() const { return builds_.mirror(); }
    [[nodiscard]] Superproject superproject(const ReleaseName& name) const {
        return {repository(), access_, builds_.place_of(name), name.text(), mirror_.died};
    }
    [[nodiscard]] Result<RepositoryHandle> open_release(const ReleaseName& name) const {
        TRY(sweep_locks(builds_.admin_of(name), branch_, mirror_.died));
        // A power loss may have emptied the files that make it a worktree.
        TRY(make_worktree(builds_.place_of(name), builds_.admin_of(name), name.commit));
        git_repository* raw = nullptr;
        TRY(checked(git_repository_open_ext(&raw, builds_.place_of(name).c_str(),
                                            GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr),
                    "open the release " + builds_.place_of(name).string()));
        return RepositoryHandle{raw};
    }

    /// Saves edits of tracked files. Other files of a release are removed with it.
    [[nodiscard]] Result<std::vector<std::string>> save_edits_in(const ReleaseName& name,
                                                                 const SaveTo& to) const {
        if (!builds_.exists(name)) return std::vector<std::string>{};
        const auto release = TRY(open_release(name));
        auto tree = TRY(IndexScan::scan(release.get()));
        const auto& commit = name.commit;
        auto lines = TRY(save_edits({release.get(), commit, {commit}, nullptr, to}, tree));
        for (auto& line : TRY(save_submodule_edits(superproject(name), tree, commit, {commit}, to)))
            lines.push_back(std::move(line));
        return lines;
    }

    /// Returns the live release, to share files with it; without one, all files are written.
    [[nodiscard]] Result<std::optional<Other>> live_tree(const CommitId& target) {
        const auto live = TRY(builds_.live());
        // A further build shares no files with the running build. So a hook that writes to a
        // tracked file cannot damage the running build.
        if (!live || live->commit == target || !builds_.exists(*live))
            return std::optional<Other>{};
        auto release = TRY(open_release(*live));
        auto tree = TRY(IndexScan::scan(release.get()));
        return std::optional{Other{std::move(release), std::move(tree)}};
    }

    /// A path cannot be both shared and part of the commit.
    [[nodiscard]] Result<void> refuse_tracked_shared_paths(const CommitId& target) {
        const auto tree = TRY(tree_of(repository(), target));
        for (const auto& path : settings_.shared) {
            git_tree_entry* raw = nullptr;
            const auto name = without_slash(path);
            const bool tracked = git_tree_entry_bypath(&raw, tree.get(), name.c_str()) == 0;
            const TreeEntryHandle entry{raw};
            if (tracked)
                return fail(ErrorCode::refused,
                            fmt::format("{} is in releases.shared, but also in the repository",
                                        printable(name)),
                            "Remove it from the repository or from releases.shared.");
        }
        return {};
    }

    [[nodiscard]] Result<bool> is_linked(const CommitId& target) const {
        for (const auto& path : settings_.shared) {
            const auto name = without_slash(path);
            std::error_code error;
            if (fs::read_symlink(place_of(target) / name, error) != link_to_shared(name) || error)
                return false;
        }
        return true;
    }

    [[nodiscard]] Result<void> link_shared(const CommitId& target) {
        auto root = TRY(SafeDirectory::open(place_of(target),
                                            builds_.admin_of(builds_.of(target)) / marks::linking));
        for (const auto& path : settings_.shared) {
            const auto name = without_slash(path);
            const auto shared = directory_ / "shared" / name;
            TRY(file::make_directories(path.has_filename() ? shared.parent_path() : shared, 0755));
            std::error_code ignored;
            if (!fs::exists(shared, ignored) && warned_.insert(name).second)
                log::warning("a shared file does not exist yet", {{"file", shared.string()}});
            const auto found = TRY(root.status_of(name));
            if (found && !S_ISLNK(found->st_mode))
                return fail(
                    ErrorCode::permission,
                    fmt::format("{} blocks the link to the shared path",
                                (place_of(target) / name).string()),
                    fmt::format("Run: mv {} {}", shell_word((place_of(target) / name).string()),
                                shell_word(shared.string())));
            root.sweep(name);
            TRY(root.write_link(name, link_to_shared(name).string()));
        }
        root.finish();
        return {};
    }

    /// Removes the directory first: git metadata that is left without it is removed the next time.
    [[nodiscard]] Result<void> remove_release(const ReleaseName& name) const {
        auto all = worktrees_of_submodules(superproject(name), name.commit);
        all.insert(all.begin(), builds_.place_of(name));
        all.push_back(builds_.admin_of(name));
        std::error_code error;
        for (const auto& path : all) {
            fs::remove_all(path, error);
            if (error) return fail(system_error(error.value(), "remove " + path.string()));
        }
        return {};
    }

    std::optional<TemporaryDirectory> scratch_;  ///< of a dry run without a repository
    fs::path directory_;
    ReleaseBuilds builds_;
    ReleaseSettings settings_;
    Opened mirror_;
    std::set<std::string>
        warned_;  ///< shared files that are missing: a deployment links them twice
};

}  // namespace

std::unique_ptr<Repository> releases(fs::path directory, BranchName branch, Access access,
                                     ReleaseSettings settings) {
    return repairing(std::make_unique<Releases>(std::move(directory), std::move(branch),
                                                std::move(access), std::move(settings)));
}

}  // namespace inhaul::git
