// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>

#include <inhaul/deploy/deployer.hpp>
#include <inhaul/deploy/dry_run.hpp>

#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_ledger.hpp"
#include "support/samples.hpp"

namespace inhaul::test {

/// The disk is full.
inline const Error no_space{ErrorCode::no_space, "write x: no space", "", true};

/// A directory and its remote, as plain values.
struct FakeRepository final : git::Repository {
    explicit FakeRepository(const Clock& time) : clock(time) {}

    const Clock& clock;
    std::vector<TimePoint> switched;  ///< the time of each switch
    CommitId remote_head = commit('a');
    std::set<std::string> objects;  ///< local commits
    std::optional<CommitId> at;     ///< HEAD and tree
    std::size_t edited = 0;         ///< local edits
    bool half_switched = false;
    std::optional<CommitId> stamped;
    bool stamp_tracked = false;
    std::set<std::string> unrelated;
    std::set<std::string> never_pushed;
    std::set<std::string> rewritten;      ///< commits whose history contains no other
    std::set<std::string> changed_paths;  ///< between any two commits
    std::map<std::string, std::string> messages;
    std::vector<std::string> pointers;  ///< of Git LFS, in any commit
    std::set<std::string> with_submodules;
    std::set<std::string> submodules_here;  ///< commits whose submodules are fetched
    std::set<std::string> same_files;       ///< commits that all have the same tree
    std::size_t edits_saved = 0;
    std::vector<std::string> hook_edits;  ///< tracked files that the next hook changes
    std::size_t switches = 0;
    std::size_t fetches = 0;
    bool releases = false;
    std::set<std::string> prepared;
    std::set<std::string> built;
    bool further = false;  ///< the live commit has two builds
    unsigned dropped = 0;
    std::vector<CommitId> kept;  ///< by the last pruning
    std::optional<Error> prepare_error;
    std::optional<CommitId> fail_switch_to;  ///< only to this commit
    std::optional<Error> open_error, fetch_error, submodule_error, check_error, save_error,
        untouched_error, switch_error, undo_error;
    std::size_t undone = 0;  ///< switches
    std::size_t tidied = 0;

    Result<void> open() override {
        if (open_error) return fail(*open_error);
        return {};
    }
    Result<void> open_for_dry_run(const std::filesystem::path& /*scratch*/) override {
        return open();
    }
    Result<bool> is_foreign(const std::filesystem::path& /*scratch*/,
                            const git::OnProgress& /*progress*/) override {
        if (fetch_error) return fail(*fetch_error);
        return at && unrelated.count(at->hex()) > 0;
    }
    Result<CommitId> fetch(const git::OnProgress& /*progress*/,
                           const std::optional<CommitId>& /*known_head*/) override {
        ++fetches;
        if (fetch_error) return fail(*fetch_error);
        objects.insert(remote_head.hex());
        return remote_head;
    }
    Result<bool> has(const CommitId& commit) override { return objects.count(commit.hex()) > 0; }
    Result<CommitId> resolve(const std::string& name) override {
        for (const auto& hex : objects)
            if (hex.starts_with(name)) return *CommitId::parse(hex);
        return fail(Error{
            ErrorCode::not_found, "no commit " + name, {}, false, ErrorReason::no_such_commit});
    }
    Result<bool> is_fetched(const CommitId& commit) override {
        return never_pushed.count(commit.hex()) == 0;
    }
    Result<CommitSummary> summary(const CommitId& commit) override {
        return CommitSummary{"Ada", "subject of " + commit.short_form(), {}};
    }
    Result<std::string> message(const CommitId& commit) override {
        const auto found = messages.find(commit.hex());
        return found == messages.end() ? "a message" : found->second;
    }
    Result<bool> descends(const CommitId& commit, const CommitId& ancestor) override {
        return commit == ancestor || rewritten.count(commit.hex()) == 0;
    }
    Result<bool> differ_below(const CommitId& /*one*/, const CommitId& /*other*/,
                              const std::vector<std::string>& paths) override {
        for (const auto& path : paths)
            if (changed_paths.count(path) > 0) return true;
        return false;
    }
    Result<std::vector<LogEntry>> log(const std::optional<CommitId>& /*from*/, const CommitId& to,
                                      std::size_t /*limit*/) override {
        return std::vector<LogEntry>{{to, TRY(summary(to))}};
    }
    Result<std::vector<ChangedFile>> changed_files(const std::optional<CommitId>& /*from*/,
                                                   const CommitId& /*to*/) override {
        return std::vector<ChangedFile>{{'M', "version"}};
    }
    Result<std::vector<std::string>> lfs_pointers(const std::optional<CommitId>& /*from*/,
                                                  const CommitId& /*to*/,
                                                  std::size_t limit) override {
        auto found = pointers;
        if (found.size() > limit) found.resize(limit);
        return found;
    }
    Result<void> fetch_submodules(const CommitId& commit,
                                  const git::OnProgress& /*progress*/) override {
        if (submodule_error) return fail(*submodule_error);
        submodules_here.insert(commit.hex());
        return {};
    }
    Result<std::optional<Signature>> signature(const CommitId& /*commit*/) override {
        return std::optional<Signature>{};
    }
    Result<std::optional<CommitId>> head() override { return at; }
    Result<bool> same_tree(const CommitId& one, const CommitId& other) override {
        return one == other ||
               (same_files.count(one.hex()) > 0 && same_files.count(other.hex()) > 0);
    }
    Result<bool> related(const CommitId& one, const CommitId& other) override {
        return unrelated.count(one.hex()) == 0 && unrelated.count(other.hex()) == 0;
    }
    Result<git::Comparison> compare(const CommitId& target) override {
        const bool is = at == target && edited == 0 && !half_switched;
        return git::Comparison{
            .head_is_target = at == target, .edited = edited, .tree_is_target = is};
    }
    Result<std::vector<std::string>> save_local_edits(
        const CommitId& /*target*/, const std::filesystem::path& /*to*/) override {
        if (save_error) return fail(*save_error);
        if (edited == 0) return std::vector<std::string>{};
        ++edits_saved;
        return std::vector<std::string>{"saved " + std::to_string(edited) + " edited files"};
    }
    Result<git::LocalEdits> local_edits(const CommitId& /*target*/) override {
        return git::LocalEdits{.edited = edited};
    }
    Result<git::LocalEdits> edits_to_prune(const std::vector<CommitId>& /*needed*/) override {
        return git::LocalEdits{};
    }
    Result<void> check_switch(const CommitId& /*target*/) override {
        if (check_error) return fail(*check_error);
        return {};
    }
    Result<bool> undo_switch(const CommitId& before) override {
        if (!half_switched) return false;
        if (undo_error) return fail(*undo_error);
        ++undone;
        at = before;
        half_switched = false;
        edited = 0;
        return true;
    }
    Result<void> tidy() override {
        ++tidied;
        return {};
    }
    Result<void> switch_to(const CommitId& target) override {
        switched.push_back(clock.now());
        if (untouched_error) return fail(*untouched_error);
        half_switched = true;
        if (switch_error && (!fail_switch_to || fail_switch_to == target))
            return fail(*switch_error);
        if (with_submodules.count(target.hex()) > 0 && submodules_here.count(target.hex()) == 0)
            return fail(ErrorCode::not_found, "the submodule has not been fetched");
        ++switches;
        at = target;
        edited = 0;
        half_switched = false;
        return {};
    }
    Result<std::vector<std::string>> adopt_edits(const CommitId& /*commit*/) override {
        return std::exchange(hook_edits, {});
    }
    [[nodiscard]] std::filesystem::path place_of(const CommitId& commit) const override {
        return releases ? "/srv/shop/releases/" + commit.hex() : std::string{"/srv/shop"};
    }
    [[nodiscard]] bool uses_release_directories() const override { return releases; }
    Result<void> prepare(const CommitId& target, bool again) override {
        if (prepare_error) return fail(*prepare_error);
        prepared.insert(target.hex());
        if (again) further = built.erase(target.hex()) > 0;
        return {};
    }
    Result<bool> is_built(const CommitId& commit) override { return built.count(commit.hex()) > 0; }
    Result<void> note_built(const CommitId& commit) override {
        if (releases) built.insert(commit.hex());
        return {};
    }
    Result<bool> has_earlier_build(const CommitId& commit) override {
        return further && at == commit;
    }
    Result<void> drop_build(const CommitId& /*commit*/) override {
        further = false;
        ++dropped;
        return {};
    }
    Result<std::vector<std::string>> prune(const std::vector<CommitId>& needed,
                                           const std::filesystem::path& /*to*/) override {
        kept = needed;
        return std::vector<std::string>{};
    }
    Result<bool> write_stamp(const std::filesystem::path& /*stamp*/, const CommitId& commit,
                             TimePoint /*time*/) override {
        if (stamp_tracked) return false;
        stamped = commit;
        return true;
    }
};

/// A service that runs the tree of its last start.
struct FakeService final : service::Service {
    explicit FakeService(const FakeRepository& serves) : tree(serves) {}

    const FakeRepository& tree;
    bool exists = true;
    std::optional<CommitId> runs;
    unsigned starts = 0;
    bool ignores_restart = false;  ///< a restart is reported as done, but is not done
    std::optional<Error> restart_error, settle_error, check_error;
    std::set<std::string> broken;  ///< it fails after a start with these commits

    std::vector<service::StoppedUnit> stopped;
    std::vector<std::string> left;

    std::size_t units = 1;
    std::vector<service::UnitLog> logs;

    std::vector<service::UnitLog> start_log() override { return logs; }
    [[nodiscard]] bool restartable() const override { return exists && left.size() < units; }
    Result<std::string> invocation() override {
        return starts == 0 ? std::string{} : "run-" + std::to_string(starts);
    }
    Result<std::vector<service::StoppedUnit>> stopped_units() override { return stopped; }
    void exclude(const std::vector<std::string>& those) override { left = those; }
    Result<std::vector<service::UnitCheck>> examine() override {
        return std::vector<service::UnitCheck>{};
    }
    Result<std::string> restart(const std::string& before, Extent extent,
                                const process::Environment& /*environment*/) override {
        if (extent == Extent::rest && starts > 0 && *invocation() != before) return invocation();
        if (!exists) return std::string{};
        if (restart_error) return fail(*restart_error);
        if (ignores_restart)
            return fail(ErrorCode::failed, "it is still in the run that it was in", {}, true);
        ++starts;
        runs = tree.at;
        return invocation();
    }
    Result<void> settle(const std::string& invocation) override {
        if (settle_error) return fail(*settle_error);
        if (runs && broken.count(runs->hex()) > 0)
            return fail(ErrorCode::failed, "shop.service: exit status 1");
        if (!invocation.empty() && invocation != "run-" + std::to_string(starts))
            return fail(ErrorCode::failed, "another invocation");
        return {};
    }
    Result<void> check(const std::string& invocation) override {
        if (check_error) return fail(*check_error);
        if (!invocation.empty() && invocation != "run-" + std::to_string(starts))
            return fail(ErrorCode::failed, "it was restarted meanwhile");
        return {};
    }
};

/// Hooks that record their runs.
struct FakeHooks final : deploy::Hooks {
    explicit FakeHooks(const Clock& time) : clock(time) {}

    const Clock& clock;
    std::set<deploy::Hook> present;
    std::vector<std::string> ran;  ///< "build bbbbbbb"
    std::set<std::string> broken;  ///< the runs that fail, in the same form
    Error how{ErrorCode::failed, "exit status 1"};
    deploy::HookEnvironment last;
    std::vector<TimePoint> ended;
    std::filesystem::path where;
    std::function<void()> on_run = [] {};

    [[nodiscard]] bool has(deploy::Hook hook) const override { return present.count(hook) > 0; }
    Result<void> run(deploy::Hook hook, const std::filesystem::path& directory,
                     const deploy::HookEnvironment& environment,
                     std::vector<ledger::Output>& outputs) override {
        if (!has(hook)) return {};
        on_run();
        last = environment;
        where = directory;
        auto name = std::string{to_string(hook)};
        for (const auto& [key, value] : environment)
            if (key == "INHAUL_COMMIT") name += " " + value.substr(0, 7);
        ran.push_back(name);
        const bool fails = broken.count(name) > 0;
        ended.push_back(clock.now());
        outputs.push_back(
            {std::string{to_string(hook)}, "true", fails ? "exit status 1" : "done", "its output"});
        if (fails) return fail(how.within("hook " + name));
        return {};
    }
};

/// A probe that fails for the broken commits.
struct FakeProbe final : deploy::Probe {
    bool present = false;
    std::vector<CommitId> probed;
    std::set<std::string> broken;
    std::optional<Error> error;

    [[nodiscard]] bool exists() const override { return present; }
    Result<void> wait_until_healthy(const CommitId& commit) override {
        if (error) return fail(*error);
        if (broken.count(commit.hex()) > 0) return fail(ErrorCode::failed, "probe: status 500");
        probed.push_back(commit);
        return {};
    }
};

/// One app with its ports.
struct DeployWorld {
    FakeClock clock;
    FakeLedger ledger{clock};
    FakeRepository repository{clock};
    FakeService service{repository};
    FakeHooks hooks{clock};
    FakeProbe probe;
    deploy::Gates gates;
    Settings settings = test::settings("shop");

    DeployWorld() { settings.stamp = "updated.txt"; }

    Result<deploy::Completed> deploy(const deploy::DeployRequest& request = {}) {
        return deploy::run(settings, request, ports(), "/nowhere", {});
    }
    Result<deploy::DryRun> dry_run(const deploy::DeployRequest& request = {}) {
        return deploy::dry_run(settings, request, ports(), "/nowhere", {});
    }
    [[nodiscard]] deploy::Ports ports() {
        return {repository, service, ledger, clock, hooks, probe, gates};
    }
    [[nodiscard]] ledger::Live live() { return ledger.lives[settings.app]; }
    [[nodiscard]] std::optional<CommitId> processed_head() {
        return ledger.polls[settings.app].state.processed_head;
    }
    [[nodiscard]] bool quarantined(char digit) {
        return ledger.restrictions_by_app[settings.app].quarantined(commit(digit)) != nullptr;
    }
    /// Deploys commit a, and pushes commit b.
    void push_after_a() {
        REQUIRE(deploy());
        repository.remote_head = commit('b');
    }
    [[nodiscard]] std::size_t recorded(char digit) const {
        std::size_t count = 0;
        for (const auto& record : ledger.records)
            if (record.state == deployment::State{deployment::Succeeded{commit(digit)}}) ++count;
        return count;
    }
};

inline deploy::DeployRequest polled(char expected) {
    return {.trigger = Trigger::poll, .expected = commit(expected)};
}

inline std::string outcome(const Result<deploy::Completed>& report) {
    REQUIRE(report);
    return std::string{deployment::name_of(report->record.state)};
}
inline Error cause(const Result<deploy::Completed>& report) {
    REQUIRE(report);
    REQUIRE(std::holds_alternative<deployment::Failed>(report->record.state));
    return std::get<deployment::Failed>(report->record.state).cause;
}

}  // namespace inhaul::test
