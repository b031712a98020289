// SPDX-License-Identifier: Apache-2.0
#include <inhaul/git/repository.hpp>

#include <git/checkout/index_scan.hpp>
#include <git/checkout/stamp.hpp>
#include <git/checkout/switch.hpp>
#include <git/checkout/writable.hpp>
#include <git/edits/hook_edits.hpp>
#include <git/edits/local_edits.hpp>
#include <git/submodules/submodules.hpp>
#include <git/transport/fetching.hpp>
#include <git/transport/same_remote.hpp>
#include "objects.hpp"
#include "open_repository.hpp"
#include "own_names.hpp"
#include "packs.hpp"
#include "tree.hpp"

namespace inhaul::git {
namespace {

class InPlaceRepository final : public Objects {
public:
    InPlaceRepository(fs::path directory, BranchName branch, Access access)
        : Objects(std::move(branch), std::move(access)), directory_(std::move(directory)) {}

    Result<void> open() override {
        seen_.reset();
        opened_ = {};
        opened_ = TRY(open_directory(directory_, branch_, access_.url));
        return {};
    }

    Result<void> open_for_dry_run(const fs::path& scratch) override {
        if (!TRY(would_create(directory_, directory_ / ".git"))) return open();
        scratch_.emplace(TRY(make_scratch(scratch)));
        directory_ = scratch_->path() / directory_.filename();
        return open();
    }

    Result<bool> is_foreign(const fs::path& scratch, const OnProgress& progress) override {
        const auto here = TRY(head());
        const auto fetched = own_refs::fetched_as(branch_.text());
        if (!here || TRY(commit_at(repository(), fetched.c_str())) ||
            has_remote(repository(), access_.url))
            return false;
        FetchContext context{.access = access_, .branch = branch_, .progress = &progress};
        return !TRY(has_history_of(repository(), *here, scratch, context));
    }

    Result<void> reopen() override {
        if (!opened_.repository) return open();
        seen_.reset();
        opened_.repository.reset();
        opened_.repository = TRY(open_checkout(directory_));
        return {};
    }

    Result<void> recreate() override {
        seen_.reset();
        opened_ = {};
        TRY(rebuild_at(directory_ / ".git", false));
        return open();
    }

    [[nodiscard]] fs::path git_place() const override { return directory_; }

    Result<CommitId> fetch(const OnProgress& progress,
                           const std::optional<CommitId>& known_head) override {
        auto head = TRY(fetch_objects(progress, known_head));
        TRY(follow_remote(repository(), branch_, access_.url, head));
        return head;
    }

    Result<std::optional<CommitId>> head() override { return commit_at(repository(), "HEAD"); }

    [[nodiscard]] fs::path place_of(const CommitId& /*commit*/) const override {
        return directory_;
    }
    [[nodiscard]] bool uses_release_directories() const override { return false; }
    Result<void> prepare(const CommitId& /*target*/, bool /*rebuild*/) override { return {}; }
    Result<bool> is_built(const CommitId& /*commit*/) override { return false; }
    Result<void> note_built(const CommitId& /*commit*/) override { return {}; }
    Result<bool> has_earlier_build(const CommitId& /*commit*/) override { return false; }
    Result<void> drop_build(const CommitId& /*commit*/) override { return {}; }
    Result<std::vector<std::string>> prune(const std::vector<CommitId>& /*needed*/,
                                           const fs::path& /*directory*/) override {
        return std::vector<std::string>{};
    }
    Result<LocalEdits> edits_to_prune(const std::vector<CommitId>& /*needed*/) override {
        return LocalEdits{};
    }

    Result<Comparison> compare(const CommitId& target) override {
        Comparison comparison;
        const auto now = TRY(head());
        comparison.head_is_target = now == target && is_checked_out(repository(), branch_);
        seen_.reset();
        auto tree = TRY(IndexScan::scan(repository()));
        auto changes = TRY(tree.changes_to(now));
        if (now == target) TRY(ignore_recorded_edits(repository(), tree, target, changes));
        comparison.edited = changes.size();
        comparison.tree_is_target =
            now == target ? changes.empty() : TRY(tree.changes_to(target)).empty();
        TRY(tree.save_stats());
        seen_ = std::move(tree);
        TRY(compare_submodules(superproject(target), target, comparison));
        return comparison;
    }

    Result<std::vector<std::string>> save_local_edits(const CommitId& target,
                                                      const fs::path& directory) override {
        return save_edits_to(target, {directory});
    }

    Result<LocalEdits> local_edits(const CommitId& target) override {
        LocalEdits found;
        (void)TRY(save_edits_to(target, {.only_count = &found}));
        return found;
    }

    Result<std::vector<std::string>> adopt_edits(const CommitId& commit) override {
        seen_.reset();
        auto paths = TRY(record_edits(repository(), commit));
        for (auto& path : TRY(record_submodule_edits(superproject(commit), commit)))
            paths.push_back(std::move(path));
        return paths;
    }

    Result<void> switch_to(const CommitId& target) override {
        return switch_files(target, Purpose::deploy);
    }

    Result<void> check_switch(const CommitId& target) override {
        if (!seen_) seen_ = TRY(IndexScan::scan(repository()));
        TRY(check_tree(repository(), *seen_, target, TRY(seen_->changes_to(target))));
        TRY(check_branch(repository(), branch_));
        TRY(check_references(repository(), branch_));
        return check_submodules(superproject(target), target);
    }

    Result<bool> undo_switch(const CommitId& before) override {
        if (!begun_ && !TRY(switch_target(repository()))) return false;
        TRY(switch_files(before, Purpose::undo));
        return true;
    }

    Result<void> tidy() override { return merge_all_packs(directory_ / ".git"); }

    Result<bool> write_stamp(const fs::path& stamp, const CommitId& commit,
                             TimePoint time) override {
        return git::write_stamp(repository(), stamp, commit, time);
    }

private:
    [[nodiscard]] git_repository* repository() const override { return opened_.repository.get(); }
    [[nodiscard]] Superproject superproject(const CommitId& /*commit*/) const override {
        return {repository(), access_, directory_, "inhaul", opened_.died};
    }

    Result<std::vector<std::string>> save_edits_to(const CommitId& target, const SaveTo& to) {
        // Scan again: checking the gates and fetching submodules took time since compare().
        seen_ = TRY(IndexScan::scan(repository()));
        auto ours = TRY(switch_targets(repository()));
        ours.push_back(target);
        auto lines = TRY(save_edits({repository(), target, ours, &branch_, to}, *seen_));
        for (auto& line : TRY(save_submodule_edits(superproject(target), *seen_, target, ours, to)))
            lines.push_back(std::move(line));
        return lines;
    }

    Result<void> switch_files(const CommitId& target, Purpose purpose) {
        auto seen = std::exchange(seen_, std::nullopt);
        const auto given_up = TRY(switch_targets(repository()));
        TRY(begin_switch(repository(), target, seen, purpose));
        begun_ = true;
        TRY(remove_submodules(*seen, superproject(target), target, given_up));
        TRY(write_tree(repository(), std::move(*seen), target, nullptr, purpose));
        TRY(write_submodules(superproject(target), target, nullptr));
        TRY(end_switch(repository(), branch_, target));
        begun_ = false;
        return {};
    }

    std::optional<TemporaryDirectory> scratch_;  ///< of a dry run without a repository
    fs::path directory_;
    Opened opened_;
    bool begun_ = false;  ///< a switch has begun: files may have changed
    /// The scan of compare() or save_local_edits(). Edits that a user makes later are not discarded
    /// unsaved, unless the commit changes the same file. Declared after opened_, to whose
    /// repository it refers.
    std::optional<IndexScan> seen_;
};

}  // namespace

std::unique_ptr<Repository> repository(fs::path directory, BranchName branch, Access access) {
    return repairing(std::make_unique<InPlaceRepository>(std::move(directory), std::move(branch),
                                                         std::move(access)));
}

}  // namespace inhaul::git
