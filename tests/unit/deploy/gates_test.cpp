// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include <dlfcn.h>

#include "deploy/gates.hpp"

namespace {

int zone_changes = 0;

}  // namespace

// Symbols of the program precede those of the C library.
extern "C" void tzset() noexcept {
    ++zone_changes;
    static const auto real = reinterpret_cast<void (*)()>(::dlsym(RTLD_NEXT, "tzset"));
    real();
}

namespace inhaul::test {
namespace {

using namespace std::chrono;

using forge::Check;

struct FakeChecks final : forge::Checks {
    std::vector<Check> found;
    std::vector<Check> of_live;
    bool by_workflow = false;
    Result<forge::CheckReport> of(const CommitId& commit) override {
        return forge::CheckReport{commit == test::commit('a') ? of_live : found, by_workflow};
    }
};

/// A world whose gates are those of its settings.
struct Gated : DeployWorld {
    template <class Change>
    explicit Gated(const Change& change) {
        push_after_a();
        change(settings.require);
        auto checks = std::make_unique<FakeChecks>();
        ci = checks.get();
        gates = deploy::gates_of(settings, repository, repository, std::move(checks));
    }
    FakeChecks* ci = nullptr;
    deployment::Refused refusal() {
        const auto report = deploy(polled('b'));
        REQUIRE(outcome(report) == "refused");
        CHECK(repository.switches == 1);
        CHECK(service.starts == 1);
        CHECK(processed_head() == commit('b'));
        CHECK(recorded('b') == 0);
        return std::get<deployment::Refused>(report->record.state);
    }
    deployment::Held hold() {
        const auto report = deploy(polled('b'));
        REQUIRE(outcome(report) == "held");
        CHECK(repository.switches == 1);
        CHECK(processed_head() == commit('a'));
        REQUIRE(ledger.restrictions_by_app[settings.app].hold);
        return std::get<deployment::Held>(report->record.state);
    }
};

TimePoint at(int day, int hour, int minute = 0) {
    return sys_days{year{2026} / 3 / day} + hours{hour} + minutes{minute};
}
/// 2026-03-02 is a Monday.
constexpr unsigned monday_to_friday = 0x3e;

/// A gate that cannot decide.
struct Silent final : deploy::Gate {
    [[nodiscard]] std::string_view name() const override { return "checks"; }
    Result<deploy::GateResult> check(const deploy::Candidate& /*candidate*/) override {
        return fail(ErrorCode::network, "request api.github.com: timed out", {}, true);
    }
};

}  // namespace

TEST_CASE("a rewritten branch is followed, unless only fast-forwards are permitted") {
    Gated free{[](Requirements&) {}};
    free.repository.rewritten = {commit('b').hex()};
    const auto report = free.deploy(polled('b'));
    CHECK(outcome(report) == "succeeded");
    REQUIRE(report->record.notes.size() == 1);
    CHECK(report->record.notes[0].find("the branch was rewritten") == 0);

    Gated strict{[](Requirements& require) { require.fast_forward = true; }};
    strict.repository.rewritten = {commit('b').hex()};
    CHECK(strict.refusal().gate == "fast_forward");
    strict.repository.remote_head = commit('c');
    CHECK(outcome(strict.deploy(polled('c'))) == "succeeded");
}

TEST_CASE("a skip marker in the message refuses the commit") {
    Gated world{[](Requirements&) {}};
    world.repository.messages[commit('b').hex()] = "Fix a comment\n\n[skip deploy]\n";
    const auto refused = world.refusal();
    CHECK(refused.gate == "skip_marker");
    CHECK(refused.reason == "the commit message contains [skip deploy]");

    Gated without_marker{[](Requirements& require) { require.skip_marker.clear(); }};
    without_marker.repository.messages[commit('b').hex()] = "[skip deploy]";
    CHECK(outcome(without_marker.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("a commit that changes nothing below the paths is not deployed") {
    Gated world{[](Requirements& require) { require.paths = {"src", "config/app.toml"}; }};
    world.repository.changed_paths = {"docs"};
    CHECK(world.refusal().reason == "nothing has changed since aaaaaaa in src, config/app.toml");
    world.repository.remote_head = commit('c');
    world.repository.changed_paths = {"src"};
    CHECK(outcome(world.deploy(polled('c'))) == "succeeded");
}

TEST_CASE("a Git LFS pointer is refused, unless pointers are permitted") {
    Gated world{[](Requirements&) {}};
    world.repository.pointers = {"a.bin", "b.bin", "c.bin", "d.bin", "e.bin"};
    CHECK(world.refusal().reason.find(
              "a.bin, b.bin, c.bin, …: the repository contains only a Git LFS pointer") == 0);
    Gated wanted{[](Requirements& require) { require.lfs_content = false; }};
    wanted.repository.pointers = {"a.bin"};
    CHECK(outcome(wanted.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("submodules are fetched after all gates have passed, before the tree changes") {
    Gated world{[](Requirements& require) { require.paths = {"src"}; }};
    world.repository.with_submodules = {commit('b').hex(), commit('c').hex()};
    world.repository.submodules_here.clear();
    CHECK(world.refusal().gate == "paths");
    CHECK(world.repository.submodules_here.empty());
    world.repository.changed_paths = {"src"};
    world.repository.remote_head = commit('c');
    world.repository.submodule_error = Error{ErrorCode::network, "no answer", {}, true};
    const auto switches = world.repository.switches;
    CHECK(outcome(world.deploy(polled('c'))) == "failed");
    CHECK(world.repository.switches == switches);
    world.repository.submodule_error.reset();
    CHECK(outcome(world.deploy(polled('c'))) == "succeeded");
}

TEST_CASE("a rollback fetches missing submodules") {
    DeployWorld world;
    world.push_after_a();
    world.repository.with_submodules = {commit('a').hex()};
    world.repository.submodules_here.clear();
    world.service.broken = {commit('b').hex()};
    CHECK(outcome(world.deploy(polled('b'))) == "rolled-back");
    CHECK(world.repository.at == commit('a'));
}

TEST_CASE("an unsigned commit is refused if signatures are required") {
    Gated world{[](Requirements& require) { require.allowed_signers = "/etc/signers"; }};
    CHECK(world.refusal().reason == "the commit is not signed");
}

TEST_CASE("a commit of another branch was live: the branch was not rewritten") {
    Gated world{[](Requirements&) {}};
    REQUIRE(world.deploy(polled('b')));
    world.repository.objects.insert(commit('c').hex());
    REQUIRE(world.deploy({.to = commit('c').hex()}));
    world.repository.rewritten = {commit('d').hex()};  // c is not in its history
    const auto report = world.deploy(polled('d'));
    CHECK(outcome(report) == "succeeded");
    CHECK(report->record.notes.empty());
}

TEST_CASE("an operator who deploys an earlier commit has not rewritten the branch") {
    Gated world{[](Requirements&) {}};
    REQUIRE(world.deploy(polled('b')));
    world.repository.rewritten = {commit('a').hex()};  // b is not in its history
    const auto& app = world.settings.app;
    SECTION("with --to") {
        CHECK(world.deploy({.to = commit('a').hex()})->record.notes.empty());
    }
    SECTION("with a pin") {
        REQUIRE(world.ledger.pin(app, commit('a'), {}));
        CHECK(world.deploy()->record.notes.empty());
    }
    CHECK(world.live().tree == commit('a'));
}

TEST_CASE("a commit waits for its minimum age since this host first saw it") {
    Gated world{[](Requirements& require) { require.minimum_age = minutes{10}; }};
    const auto seen = world.clock.wall;
    CHECK(world.hold().until == seen + minutes{10});
    world.clock.advance(minutes{4});
    CHECK(world.hold().until == seen + minutes{10});
    world.clock.advance(minutes{6});
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK_FALSE(world.ledger.restrictions_by_app[world.settings.app].hold);
}

TEST_CASE("a minimum age continues over a pause, other deployments and a failure") {
    Gated world{[](Requirements& require) { require.minimum_age = minutes{10}; }};
    const auto& app = world.settings.app;
    const auto seen = world.clock.wall;
    CHECK(world.hold().until == seen + minutes{10});
    world.clock.advance(minutes{4});
    SECTION("a pause") {
        REQUIRE(world.ledger.pause(app, std::nullopt, {}));
        CHECK(outcome(world.deploy(polled('b'))) == "held");
        REQUIRE(world.ledger.resume(app, {}));
    }
    SECTION("a deployment of the live commit") {
        CHECK(outcome(world.deploy({.to = commit('a').hex()})) == "unchanged");
    }
    SECTION("the live commit again") {
        CHECK(outcome(world.deploy({.again = true})) == "succeeded");
    }
    SECTION("another commit waits") {
        world.repository.objects.insert(commit('c').hex());
        CHECK(outcome(world.deploy({.to = commit('c').hex()})) == "held");
    }
    SECTION("a failure") {
        world.repository.fetch_error = Error{ErrorCode::network, "no answer", {}, true};
        CHECK(outcome(world.deploy()) == "failed");
        world.repository.fetch_error.reset();
    }
    CHECK(world.hold().until == seen + minutes{10});
    world.clock.advance(minutes{6});
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("a newer push begins its own age") {
    Gated world{[](Requirements& require) { require.minimum_age = minutes{10}; }};
    (void)world.hold();
    world.clock.advance(minutes{9});
    world.repository.remote_head = commit('c');
    CHECK(outcome(world.deploy(polled('c'))) == "held");
    world.clock.advance(minutes{9});
    CHECK(outcome(world.deploy(polled('c'))) == "held");
    world.clock.advance(minutes{1});
    CHECK(outcome(world.deploy(polled('c'))) == "succeeded");
}

TEST_CASE("a window is open within its times, and returns its next opening") {
    const std::vector<TimeWindow> office{{monday_to_friday, 9 * 60, 17 * 60}};
    const auto opening = [&](TimePoint now) {
        return deploy::next_opening(office, "Etc/UTC", now);
    };
    CHECK(opening(at(2, 9)) == at(2, 9));
    CHECK(opening(at(2, 16, 59) + seconds{59}) == at(2, 16, 59) + seconds{59});
    CHECK(opening(at(2, 17)) == at(3, 9));
    CHECK(opening(at(2, 8, 59)) == at(2, 9));
    CHECK(opening(at(6, 17)) == at(9, 9));  // over the weekend
}

TEST_CASE("a window past midnight belongs to the day on which it begins") {
    const std::vector<TimeWindow> saturday_night{{1U << 6, 22 * 60, 28 * 60}};
    const auto opening = [&](TimePoint now) {
        return deploy::next_opening(saturday_night, "Etc/UTC", now);
    };
    CHECK(opening(at(7, 23)) == at(7, 23));
    CHECK(opening(at(8, 3, 59)) == at(8, 3, 59));
    CHECK(opening(at(8, 4)) == at(14, 22));
    CHECK(opening(at(7, 3)) == at(7, 22));
}

TEST_CASE("a window follows its time zone, also over a change of the clocks") {
    const std::vector<TimeWindow> nine{{0x7f, 9 * 60, 10 * 60}};
    const auto opening = [&](TimePoint now) {
        return deploy::next_opening(nine, "Europe/Berlin", now);
    };
    CHECK(opening(at(28, 10)) == at(29, 7));  // 29 March: summer time begins
    CHECK(opening(at(27, 10)) == at(28, 8));
}

TEST_CASE("the zone is changed once to look for the next opening, and once to change it back") {
    const std::vector<TimeWindow> never{{0, 9 * 60, 10 * 60}};
    zone_changes = 0;
    CHECK_FALSE(deploy::next_opening(never, "Europe/Berlin", at(2, 9)));
    CHECK(zone_changes == 2);
    CHECK_FALSE(deploy::next_opening(never, "", at(2, 9)));
    CHECK(zone_changes == 2);
}

TEST_CASE("outside its windows a commit waits") {
    Gated world{[](Requirements& require) {
        require.windows = {{monday_to_friday, 9 * 60, 17 * 60}};
        require.zone = "Etc/UTC";
    }};
    world.clock.wall = at(7, 12);  // a Saturday
    CHECK(world.hold().until == at(9, 9));
    world.clock.wall = at(9, 9);
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("a commit with successful checks is deployed, one with failed checks is refused") {
    Gated world{[](Requirements& require) { require.checks = true; }};
    auto& ci = *world.ci;
    ci.found = {{"build", Check::State::green, "success"}, {"lint", Check::State::red, "failure"}};
    CHECK(world.refusal().reason == "not green: lint (failure)");
    world.repository.remote_head = commit('c');
    ci.found = {{"build", Check::State::green, "success"}};
    CHECK(outcome(world.deploy(polled('c'))) == "succeeded");
}

TEST_CASE("pending checks are polled with a backoff, without a fetch, and refused in the end") {
    Gated world{[](Requirements& require) { require.checks = true; }};
    auto& ci = *world.ci;
    ci.found = {{"build", Check::State::pending, "queued"}};
    auto hold = world.hold();
    CHECK(hold.reason == "pending: build (queued)");
    CHECK(hold.until == world.clock.wall + seconds{15});
    const auto fetches = world.repository.fetches;
    world.clock.advance(minutes{10});
    CHECK(world.hold().until == world.clock.wall + seconds{150});
    world.clock.advance(minutes{49});
    CHECK(world.hold().until == world.clock.wall + minutes{1});  // the deadline
    CHECK(world.repository.fetches == fetches);
    world.clock.advance(minutes{1});
    CHECK(world.refusal().reason == "pending: build (queued), for more than 1h");
}

TEST_CASE("two gates that hold in turn do not hold forever") {
    Gated world{[](Requirements& require) {
        require.minimum_age = minutes{10};
        require.checks = true;
    }};
    auto& ci = *world.ci;
    ci.found = {{"build", Check::State::pending, "queued"}};
    CHECK(world.hold().gate == "minimum_age");
    world.clock.advance(minutes{10});
    CHECK(world.hold().gate == "checks");
    ci.found = {{"build", Check::State::green, "success"}};
    world.clock.advance(minutes{1});
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("a commit without checks is not successful") {
    Gated world{[](Requirements& require) { require.checks = true; }};
    CHECK(world.hold().reason == "no check has reported");
}

TEST_CASE("only the named checks count, and each must have reported") {
    Gated world{[](Requirements& require) {
        require.checks = true;
        require.checked = {"build", "test"};
    }};
    auto& ci = *world.ci;
    ci.found = {{"build", Check::State::green, "success"}, {"lint", Check::State::red, "failure"}};
    CHECK(world.hold().reason == "pending: test (not reported)");
    ci.found.push_back({"test", Check::State::green, "success"});
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("a token that reads workflows gets a hint for the name of a job") {
    Gated world{[](Requirements& require) {
        require.checks = true;
        require.checked = {"build"};
    }};
    world.ci->by_workflow = true;
    world.ci->found = {{"CI", Check::State::green, "success", Check::Kind::workflow}};
    CHECK(world.hold().reason.find("no workflow of this name") != std::string::npos);
    world.ci->found[0] = {"build", Check::State::red, "failure", Check::Kind::workflow};
    CHECK(world.refusal().reason == "not green: workflow build (failure)");
}

TEST_CASE("a check that reported on the live commit is awaited for a limited time") {
    Gated world{[](Requirements& require) { require.checks = true; }};
    auto& ci = *world.ci;
    ci.of_live = {{"build", Check::State::green, "success"}, {"e2e", Check::State::red, "failure"}};
    ci.found = {{"build", Check::State::green, "success"}};
    CHECK(world.hold().reason == "waiting up to 1m for the checks of aaaaaaa: e2e (not reported)");
    SECTION("it comes, and is red") {
        ci.found.push_back({"e2e", Check::State::red, "failure"});
        CHECK(world.refusal().reason == "not green: e2e (failure)");
    }
    SECTION("it never comes") {
        for (int i = 0; i < 3; ++i) {
            world.clock.advance(seconds{15});
            (void)world.hold();
        }
        world.clock.advance(seconds{15});
        CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    }
}

TEST_CASE("a clock that jumps ahead by years refuses nothing permanently") {
    Gated world{[](Requirements& require) { require.checks = true; }};
    auto& ci = *world.ci;
    ci.found = {{"build", Check::State::pending, "queued"}};
    (void)world.hold();
    for (const auto jump : {hours{24}, hours{24 * 3650}, -hours{24 * 3650}, -hours{24}}) {
        world.clock.set_by(jump);
        CHECK(world.hold().until == world.clock.wall + seconds{15});
    }
    // After ten years of uptime, as on a host that was asleep.
    world.clock.advance(hours{24 * 3650});
    (void)world.hold();
    ci.found = {{"build", Check::State::green, "success"}};
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("the age of a commit is the elapsed time, whatever the clock is set to") {
    Gated world{[](Requirements& require) { require.minimum_age = minutes{10}; }};
    (void)world.hold();
    world.clock.advance(minutes{4});
    world.clock.set_by(hours{24 * 3650});
    CHECK(world.hold().until == world.clock.wall + minutes{6});
    world.clock.set_by(-hours{24 * 3650});
    world.clock.advance(minutes{6});
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("a held commit whose checks succeed is fetched and deployed, also a newer one") {
    Gated world{[](Requirements& require) { require.checks = true; }};
    auto& ci = *world.ci;
    ci.found = {{"build", Check::State::pending, "queued"}};
    (void)world.hold();
    ci.found = {{"build", Check::State::green, "success"}};
    world.repository.remote_head = commit('c');
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(world.repository.at == commit('c'));
}

TEST_CASE("a gate without an answer holds the commit and leaves the head undecided") {
    Gated world{[](Requirements&) {}};
    world.gates.push_back(std::make_unique<Silent>());
    const auto error = cause(world.deploy(polled('b')));
    CHECK(error.message == "check the gate checks: request api.github.com: timed out");
    CHECK(error.transient);
    CHECK(world.repository.switches == 1);
    CHECK(world.processed_head() == commit('a'));
}

TEST_CASE("gates are not checked for the last known good commit: damage is repaired without them") {
    Gated world{[](Requirements&) {}};
    world.repository.remote_head = commit('a');
    world.repository.messages[commit('a').hex()] = "[skip deploy]";
    world.repository.edited = 1;
    CHECK(outcome(world.deploy(polled('a'))) == "succeeded");
}

TEST_CASE("force overrides each gate, and the history names the operator") {
    Gated world{[](Requirements&) {}};
    world.repository.messages[commit('b').hex()] = "[skip deploy]";
    const auto report = world.deploy({.origin = "ada", .force = true});
    CHECK(outcome(report) == "succeeded");
    CHECK(report->record.origin == "ada");
}

TEST_CASE("a pause holds each deployment without force until it ends") {
    DeployWorld world;
    world.push_after_a();
    REQUIRE(world.ledger.pause(world.settings.app, hours{2}, {"ada", "a talk"}));
    const auto report = world.deploy(polled('b'));
    REQUIRE(outcome(report) == "held");
    const auto& held = std::get<deployment::Held>(report->record.state);
    CHECK(held.gate == "pause");
    CHECK(held.reason.find("by ada") != std::string::npos);
    CHECK(held.reason.find("a talk") != std::string::npos);
    CHECK(held.until == world.clock.wall + hours{2});
    CHECK(world.repository.fetches == 1);
    world.clock.advance(hours{2});
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("a pinned app stays on its commit, and follows the branch again when it is unpinned") {
    DeployWorld world;
    world.push_after_a();
    REQUIRE(world.ledger.pin(world.settings.app, commit('a'), {"ada", ""}));
    CHECK(outcome(world.deploy(polled('b'))) == "unchanged");
    CHECK(world.processed_head() == commit('b'));
    CHECK(world.service.runs == commit('a'));
    // Another program moved the tree: the next deployment restores the pinned commit.
    world.repository.at = commit('f');
    CHECK(outcome(world.deploy()) == "succeeded");
    CHECK(world.repository.at == commit('a'));
    REQUIRE(world.ledger.unpin(world.settings.app, {"ada", ""}));
    CHECK_FALSE(world.processed_head());
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(world.service.runs == commit('b'));
}

}  // namespace inhaul::test
