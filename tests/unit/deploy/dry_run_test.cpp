// SPDX-License-Identifier: Apache-2.0
#include <inhaul/deploy/dry_run.hpp>
#include <inhaul/util/log.hpp>

#include "world.hpp"

// A dry run predicts the outcome of the deployment.

namespace inhaul::test {
namespace {

using deploy::DryRun;
using deploy::Hook;

/// Discards the log lines of some thousand deployments.
void be_quiet() {
    log::set_sink([](const log::Event& /*event*/) {});
}

/// A gate that always has the same result.
struct SettledGate final : deploy::Gate {
    explicit SettledGate(Result<deploy::GateResult> says) : answer(std::move(says)) {}
    Result<deploy::GateResult> answer;
    [[nodiscard]] std::string_view name() const override { return "windows"; }
    Result<deploy::GateResult> check(const deploy::Candidate& /*candidate*/) override {
        return answer;
    }
};

/// Accepts a commit only if none is live.
struct FirstCommitGate final : deploy::Gate {
    [[nodiscard]] std::string_view name() const override { return "fast_forward"; }
    Result<deploy::GateResult> check(const deploy::Candidate& candidate) override {
        if (candidate.live) return deployment::Refused{"fast_forward", "no"};
        return deploy::Passes{};
    }
};

/// One combination. Commit b is the head.
struct Case {
    std::string live, request, gate, host, pin;
    bool force = false, paused = false, quarantined = false, held = false;

    [[nodiscard]] std::string text() const {
        return "live " + live + ", request " + request + ", gate " + gate + ", host " + host +
               ", pin " + pin + (force ? ", forced" : "") + (paused ? ", paused" : "") +
               (quarantined ? ", b quarantined" : "") + (held ? ", b held" : "");
    }
};

void make_live(DeployWorld& world, const std::string& live) {
    auto& repository = world.repository;
    auto& known = world.ledger.lives[world.settings.app];
    repository.remote_head = commit('b');
    repository.objects = {commit('a').hex()};
    if (live == "nothing") return;
    if (live.starts_with("found")) {
        repository.at = commit(live.back());
        return;
    }
    const auto at = live.front() == 'b' ? commit('b') : commit('a');
    known = {.tree = at, .restarted = at, .since = world.clock.now(), .last_known_good = at};
    repository.at = at;
    repository.objects.insert(at.hex());
    world.service.starts = 1;
    world.service.runs = at;
    if (live.ends_with("edited")) repository.edited = 1;
    if (live.ends_with("same files")) repository.same_files = {at.hex(), commit('b').hex()};
    if (live.ends_with("moved")) repository.at = commit('c');
    if (live.ends_with("not restarted")) known.restarted.reset();
    if (live.ends_with("not verified")) known.last_known_good = commit('a');
    if (live.ends_with("never verified")) known.last_known_good.reset();
    if (live.ends_with("switch incomplete"))
        known.switch_incomplete = repository.half_switched = true;
    ledger::Record record{.number = world.ledger.next_number(), .app = world.settings.app};
    record.state = deployment::Succeeded{commit('a')};
    record.finished = record.started = world.clock.now();
    world.ledger.records.push_back(record);
}

void make_host(DeployWorld& world, const std::string& host) {
    const std::set<Hook> all{Hook::build, Hook::activate, Hook::after};
    if (host == "hooks and probe") {
        world.hooks.present = all;
        world.probe.present = true;
    }
    if (host == "releases") {
        world.repository.releases = true;
        world.hooks.present = all;
        world.repository.built = {commit('a').hex()};
    }
    if (host == "nothing to run") world.service.exists = false;
    if (host == "unwritable")
        world.repository.check_error = Error{ErrorCode::refused, "not here", "Rename it."};
    if (host == "full") world.repository.check_error = no_space;
    if (host == "offline") world.repository.fetch_error = no_space;
    if (host == "foreign") world.repository.unrelated = {commit('c').hex()};
    if (host == "stopped") {
        world.settings.service = SystemdUnits{.names = {"shop.service"}};
        world.probe.present = true;
        world.service.stopped = {
            {"shop.service", service::StoppedUnit::Why::disabled, "systemctl enable shop"}};
    }
}

void make_gate(DeployWorld& world, const std::string& gate) {
    using GateResult = Result<deploy::GateResult>;
    const auto add = [&](GateResult answer) {
        world.gates.push_back(std::make_unique<SettledGate>(std::move(answer)));
    };
    if (gate == "open") add(deploy::Passes{});
    if (gate == "closed") add(deployment::Held{"windows", "closed"});
    if (gate == "refuses") add(deployment::Refused{"windows", "never"});
    if (gate == "closed, then down") add(deployment::Held{"windows", "closed"});
    if (gate == "down" || gate == "closed, then down")
        add(fail(ErrorCode::network, "no answer", {}, true));
    if (gate == "first commit only") world.gates.push_back(std::make_unique<FirstCommitGate>());
}

deploy::DeployRequest request_of(const Case& each) {
    deploy::DeployRequest request{.force = each.force};
    if (each.request == "to a") request.to = commit('a').hex();
    if (each.request == "to b") request.to = commit('b').hex().substr(0, 9);
    if (each.request == "to an unknown commit") request.to = "dddd";
    if (each.request == "again") request.again = true;
    if (each.request == "poll") request = polled('b');
    request.force = each.force;
    return request;
}

void make(DeployWorld& world, const Case& each) {
    make_live(world, each.live);
    make_host(world, each.host);
    make_gate(world, each.gate);
    auto& restrictions = world.ledger.restrictions_by_app[world.settings.app];
    if (each.pin != "no")
        restrictions.pin = ledger::Pin{commit(each.pin.front()), {"ada", ""}, world.clock.now()};
    if (each.paused) restrictions.pause = ledger::Pause{{}, {"ada", ""}, world.clock.now()};
    if (each.quarantined)
        restrictions.quarantine = {{commit('b'), "exit status 1", world.clock.now(), 1}};
    if (each.held) restrictions.hold = ledger::Hold{commit('b'), "windows", "closed", {}, {}};
}

/// Returns the final state of a deployment with its commit.
std::string ending(const deployment::State& state) {
    const auto commit = deployment::target_of(state);
    return std::string{deployment::name_of(state)} + (commit ? " " + commit->short_form() : "");
}
std::string said(const Result<DryRun>& dry) {
    return dry ? ending(dry->outcome) : "failed";
}
std::string happened(const Result<deploy::Completed>& done) {
    return done ? ending(done->record.state) : "failed";
}

/// Returns the steps of a deployment, one word for each kind.
std::set<std::string> done_by(const DeployWorld& world, unsigned starts) {
    std::set<std::string> done;
    if (world.repository.edits_saved > 0) done.insert("save");
    if (world.repository.switches > 0) done.insert("switch");
    if (world.repository.undone > 0) done.insert("undo");
    if (world.service.starts > starts) done.insert("restart");
    if (!world.probe.probed.empty()) done.insert("probe");
    for (const auto& ran : world.hooks.ran)
        done.insert(ran.substr(0, ran.find(' ')));
    return done;
}
std::set<std::string> said_by(const std::vector<DryRun::Step>& all) {
    std::set<std::string> steps;
    for (const auto step : all)
        switch (step) {
            case DryRun::Step::undo_switch:
                steps.insert("undo");
                break;
            case DryRun::Step::save_edits:
                steps.insert("save");
                break;
            case DryRun::Step::build:
                steps.insert("build");
                break;
            case DryRun::Step::switch_files:
                steps.insert("switch");
                break;
            case DryRun::Step::activate:
                steps.insert("activate");
                break;
            case DryRun::Step::restart:
                steps.insert("restart");
                break;
            case DryRun::Step::probe:
                steps.insert("probe");
                break;
            case DryRun::Step::after:
                steps.insert("after");
                break;
        }
    return steps;
}
std::set<std::string> said_by(const DryRun& dry) {
    auto steps = said_by(dry.steps);
    if (dry.unfinished) steps.merge(said_by(dry.unfinished->steps));
    return steps;
}

void check(const Case& each) {
    DeployWorld world;
    make(world, each);
    const auto request = request_of(each);
    const auto saves = world.ledger.saves;
    const auto starts = world.service.starts;
    const auto dry = world.dry_run(request);
    INFO(each.text());
    CHECK(world.ledger.saves == saves);
    CHECK(done_by(world, starts).empty());
    const auto done = world.deploy(request);
    CHECK(said(dry) == happened(done));
    if (!dry || !done) return;
    CHECK(said_by(*dry) == done_by(world, starts));
    if (!std::holds_alternative<deployment::Succeeded>(dry->outcome) &&
        !std::holds_alternative<deployment::RolledBack>(dry->outcome))
        return;
    CHECK(dry->left_stopped == done->record.left_stopped);
    CHECK(dry->from == done->record.from);
}

const std::vector<std::string> lives{"nothing",
                                     "found a",
                                     "found b",
                                     "a",
                                     "a, edited",
                                     "a, moved",
                                     "a, same files",
                                     "b",
                                     "b, edited",
                                     "b, moved",
                                     "b, not restarted",
                                     "b, not verified",
                                     "a, switch incomplete",
                                     "b, never verified",
                                     "b, not verified, switch incomplete"};
const std::vector<std::string> requests{"head", "poll", "to a", "to b", "to an unknown commit",
                                        "again"};
const std::vector<std::string> gates{
    "none", "open", "closed", "refuses", "down", "closed, then down", "first commit only"};
const std::vector<std::string> hosts{"plain",          "hooks and probe", "releases",
                                     "nothing to run", "unwritable",      "full",
                                     "offline",        "foreign",         "stopped"};

/// Commit b is deployed, and its process dies at this save of the ledger. With `broken`, b does not
/// start, so that a rollback follows.
bool interrupt(DeployWorld& world, unsigned save, bool broken) {
    world.hooks.present = {Hook::build, Hook::activate, Hook::after};
    world.probe.present = true;
    world.push_after_a();
    if (broken) world.service.broken = {commit('b').hex()};
    world.ledger.saves_left = save;
    const bool died = !world.deploy(polled('b'));
    world.ledger.saves_left.reset();
    world.repository.edits_saved = world.repository.switches = world.repository.undone = 0;
    world.probe.probed.clear();
    world.hooks.ran.clear();
    return died;
}

/// The obstacles that appeared in the directory after the kill.
const std::vector<std::optional<Error>> obstacles{
    std::nullopt, Error{ErrorCode::refused, "the commit's path x leads into .git"},
    Error{ErrorCode::permission, "static cannot be written to"}};

void check_interrupted(unsigned save, bool broken, const std::string& request, bool paused,
                       const std::optional<Error>& obstacle) {
    DeployWorld world;
    if (!interrupt(world, save, broken)) return;
    const auto record = world.ledger.unfinished(world.settings.app).value();
    // A dry run cannot predict the first failure of a commit.
    if (broken && (!record || deployment::rollback_of(record->state) == nullptr)) return;
    if (paused)
        world.ledger.restrictions_by_app[world.settings.app].pause =
            ledger::Pause{{}, {"ada", ""}, world.clock.now()};
    world.repository.check_error = world.repository.switch_error = obstacle;
    INFO("killed at save " << save << (obstacle ? ", now: " + obstacle->message : "")
                           << (record ? std::string{" while "} + std::string{name_of(record->state)}
                                      : "")
                           << ", request " << request << (paused ? ", paused" : ""));
    const auto starts = world.service.starts;
    const auto wanted = request_of({.live = "", .request = request});
    const auto dry = world.dry_run(wanted);
    CHECK(done_by(world, starts).empty());
    const auto done = world.deploy(wanted);
    REQUIRE(dry);
    REQUIRE(done);
    CHECK(ending(dry->outcome) == ending(done->record.state));
    if (dry->unfinished && dry->unfinished->outcome && done->resumed)
        CHECK(ending(*dry->unfinished->outcome) == ending(done->resumed->state));
    CHECK(said_by(*dry) == done_by(world, starts));
}

}  // namespace

TEST_CASE("a dry run predicts the completion of an unfinished deployment, and the next deployment",
          "[long]") {
    be_quiet();
    for (unsigned save = 0; save < 20; ++save)
        for (const bool broken : {false, true})
            for (const auto* const request : {"head", "poll", "to a", "to b", "again"})
                for (const bool paused : {false, true})
                    for (const auto& obstacle : obstacles)
                        check_interrupted(save, broken, request, paused, obstacle);
}

TEST_CASE("a dry run predicts the deployment, for each request, directory, gate and host",
          "[long]") {
    be_quiet();
    for (const auto& live : lives)
        for (const auto& request : requests)
            for (const auto& gate : gates)
                for (const auto& host : hosts)
                    for (const bool force : {false, true})
                        check({live, request, gate, host, "no", force});
}

TEST_CASE("a dry run predicts the deployment, for each restriction", "[long]") {
    be_quiet();
    for (const auto& live : lives)
        for (const auto& request : requests)
            for (const std::string gate : {"none", "closed", "first commit only"})
                for (const std::string pin : {"no", "a", "b"})
                    for (unsigned bits = 0; bits < 12; ++bits)  // a held commit has not failed
                        check({live, request, gate, "plain", pin, (bits & 1U) != 0,
                               (bits & 2U) != 0, (bits & 4U) != 0, (bits & 8U) != 0});
}

TEST_CASE("a pin to another commit does not stop a deployment of a chosen commit") {
    check({.live = "b", .request = "to a", .gate = "none", .host = "plain", .pin = "b"});
    DeployWorld world;
    make(world, {.live = "b", .request = "to a", .gate = "none", .host = "plain", .pin = "b"});
    CHECK(outcome(world.deploy({.to = commit('a').hex()})) == "succeeded");
}

TEST_CASE("a closed gate does not prevent the repair of a verified commit") {
    const Case edited{
        .live = "b, edited", .request = "head", .gate = "closed", .host = "plain", .pin = "no"};
    check(edited);
    DeployWorld world;
    make(world, edited);
    CHECK(outcome(world.deploy()) == "succeeded");
}

TEST_CASE("a dry run fetches the submodules of a commit that passes the gates, and of no other") {
    for (const std::string gate : {"open", "refuses"}) {
        DeployWorld world;
        make(world, {.live = "a", .request = "head", .gate = gate, .host = "plain", .pin = "no"});
        REQUIRE(world.dry_run());
        CHECK(world.repository.submodules_here.contains(commit('b').hex()) == (gate == "open"));
    }
}

TEST_CASE("a dry run shows that an unfinished deployment comes first") {
    DeployWorld world;
    REQUIRE(world.deploy());
    REQUIRE(world.ledger.begin(world.settings.app, Trigger::poll, {}));
    const auto dry = world.dry_run();
    REQUIRE(dry);
    REQUIRE(dry->unfinished);
    CHECK(dry->unfinished->number == ledger::first_provisional + 1);
    CHECK_FALSE(dry->unfinished->outcome);
}

TEST_CASE("a dry run predicts the deployment after an incomplete first switch") {
    DeployWorld world;
    auto record = *world.ledger.begin(world.settings.app, Trigger::poll, {});
    record.state = deployment::Switching{commit('b'), true};
    record.resumptions = deployment::max_resumptions;
    REQUIRE(world.ledger.save(record, std::nullopt));
    const auto dry = world.dry_run();
    REQUIRE(dry);
    REQUIRE(dry->unfinished);
    CHECK(dry->unfinished->steps.empty());
}

}  // namespace inhaul::test
