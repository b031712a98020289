// SPDX-License-Identifier: Apache-2.0
#include "repairing.hpp"

#include <utility>

#include <inhaul/util/process.hpp>

#include <git/repository/libgit2.hpp>

namespace inhaul::git {
namespace {

template <class T>
bool shows_damage(const Result<T>& result) {
    return !result && result.error().code == ErrorCode::corrupt;
}

/// Wraps each function of the port, so that none is forgotten.
class Repairing final : public Repository {
public:
    explicit Repairing(std::unique_ptr<Repairable> repository) : inner_(std::move(repository)) {}

    Result<void> open() override {
        return repaired([&] { return inner_->open(); });
    }
    Result<void> open_for_dry_run(const std::filesystem::path& scratch) override {
        recreated_ = true;  // a deployment does this, and a dry run does not
        return repaired([&] { return inner_->open_for_dry_run(scratch); });
    }
    Result<bool> is_foreign(const std::filesystem::path& scratch,
                            const OnProgress& progress) override {
        return repaired([&] { return inner_->is_foreign(scratch, progress); });
    }
    Result<CommitId> fetch(const OnProgress& progress,
                           const std::optional<CommitId>& known_head) override {
        return repaired([&] { return inner_->fetch(progress, known_head); });
    }
    Result<bool> has(const CommitId& commit) override {
        return repaired([&] { return inner_->has(commit); });
    }
    Result<CommitId> resolve(const std::string& name) override {
        return repaired([&] { return inner_->resolve(name); });
    }
    Result<bool> is_fetched(const CommitId& commit) override {
        return repaired([&] { return inner_->is_fetched(commit); });
    }
    Result<CommitSummary> summary(const CommitId& commit) override {
        return repaired([&] { return inner_->summary(commit); });
    }
    Result<std::optional<CommitId>> head() override {
        return repaired([&] { return inner_->head(); });
    }
    Result<std::string> message(const CommitId& commit) override {
        return repaired([&] { return inner_->message(commit); });
    }
    Result<bool> descends(const CommitId& commit, const CommitId& ancestor) override {
        return repaired([&] { return inner_->descends(commit, ancestor); });
    }
    Result<bool> differ_below(const CommitId& one, const CommitId& other,
                              const std::vector<std::string>& paths) override {
        return repaired([&] { return inner_->differ_below(one, other, paths); });
    }
    Result<std::vector<LogEntry>> log(const std::optional<CommitId>& from, const CommitId& to,
                                      std::size_t limit) override {
        return repaired([&] { return inner_->log(from, to, limit); });
    }
    Result<std::vector<ChangedFile>> changed_files(const std::optional<CommitId>& from,
                                                   const CommitId& to) override {
        return repaired([&] { return inner_->changed_files(from, to); });
    }
    Result<std::vector<std::string>> lfs_pointers(const std::optional<CommitId>& from,
                                                  const CommitId& to, std::size_t limit) override {
        return repaired([&] { return inner_->lfs_pointers(from, to, limit); });
    }
    Result<void> fetch_submodules(const CommitId& commit, const OnProgress& progress) override {
        return repaired([&] { return inner_->fetch_submodules(commit, progress); });
    }
    Result<std::optional<Signature>> signature(const CommitId& commit) override {
        return repaired([&] { return inner_->signature(commit); });
    }
    Result<bool> same_tree(const CommitId& one, const CommitId& other) override {
        return repaired([&] { return inner_->same_tree(one, other); });
    }
    Result<bool> related(const CommitId& one, const CommitId& other) override {
        return repaired([&] { return inner_->related(one, other); });
    }
    Result<Comparison> compare(const CommitId& target) override {
        return repaired([&] { return inner_->compare(target); });
    }
    Result<std::vector<std::string>> save_local_edits(
        const CommitId& target, const std::filesystem::path& directory) override {
        return repaired([&] { return inner_->save_local_edits(target, directory); });
    }
    Result<LocalEdits> local_edits(const CommitId& target) override {
        return repaired([&] { return inner_->local_edits(target); });
    }
    Result<std::vector<std::string>> adopt_edits(const CommitId& commit) override {
        return repaired([&] { return inner_->adopt_edits(commit); });
    }
    [[nodiscard]] std::filesystem::path place_of(const CommitId& commit) const override {
        return inner_->place_of(commit);
    }
    [[nodiscard]] bool uses_release_directories() const override {
        return inner_->uses_release_directories();
    }
    Result<void> prepare(const CommitId& target, bool rebuild) override {
        // Only the first attempt starts another directory; the next one continues with it.
        return repaired([&] { return inner_->prepare(target, std::exchange(rebuild, false)); });
    }
    Result<bool> is_built(const CommitId& commit) override { return inner_->is_built(commit); }
    Result<void> note_built(const CommitId& commit) override { return inner_->note_built(commit); }
    Result<bool> has_earlier_build(const CommitId& commit) override {
        return inner_->has_earlier_build(commit);
    }
    Result<void> drop_build(const CommitId& commit) override { return inner_->drop_build(commit); }
    Result<std::vector<std::string>> prune(const std::vector<CommitId>& needed,
                                           const std::filesystem::path& directory) override {
        return repaired([&] { return inner_->prune(needed, directory); });
    }
    Result<LocalEdits> edits_to_prune(const std::vector<CommitId>& needed) override {
        return repaired([&] { return inner_->edits_to_prune(needed); });
    }
    Result<void> check_switch(const CommitId& target) override {
        return repaired([&] { return inner_->check_switch(target); });
    }
    Result<void> switch_to(const CommitId& target) override {
        return repaired([&] { return inner_->switch_to(target); });
    }
    Result<bool> undo_switch(const CommitId& before) override {
        return repaired([&] { return inner_->undo_switch(before); });
    }
    Result<void> tidy() override {
        return repaired([&] { return inner_->tidy(); });
    }
    Result<bool> write_stamp(const std::filesystem::path& stamp, const CommitId& commit,
                             TimePoint time) override {
        return repaired([&] { return inner_->write_stamp(stamp, commit, time); });
    }

private:
    template <class Action>
    auto repaired(const Action& action) -> decltype(action()) {
        auto result = after_repair(action);
        if (shows_damage(result) && result.error().hint.empty())
            result.error().hint = damage_hint(inner_->git_place());
        return result;
    }

    template <class Action>
    auto after_repair(const Action& action) -> decltype(action()) {
        const process::MemoryBound bound;  // a server may send crafted data
        auto result = action();
        if (!shows_damage(result)) return result;
        const auto again = inner_->reopen();
        if (again) result = action();
        if (!again && !shows_damage(again)) return fail(again.error());
        if (!shows_damage(result) || recreated_) return result;
        recreated_ = true;
        if (const auto recreated = inner_->recreate(); !recreated)
            return fail(
                recreated.error().within(result.error().message + "; recreate the repository"));
        return action();
    }

    std::unique_ptr<Repairable> inner_;
    bool recreated_ = false;  ///< once is enough: damage that remains is not on this disk
};

}  // namespace

std::unique_ptr<Repository> repairing(std::unique_ptr<Repairable> repository) {
    return std::make_unique<Repairing>(std::move(repository));
}

}  // namespace inhaul::git
