// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

namespace inhaul::test {
namespace {

using deploy::Hook;

/// Commit a is verified and live again. Commit b is quarantined.
void check_rolled_back(DeployWorld& world) {
    CHECK(world.repository.at == commit('a'));
    CHECK(world.repository.stamped == commit('a'));
    CHECK(world.service.runs == commit('a'));
    CHECK(world.live().tree == commit('a'));
    CHECK(world.live().restarted == commit('a'));
    CHECK(world.live().last_known_good == commit('a'));
    CHECK_FALSE(world.live().switch_incomplete);
    CHECK(world.quarantined('b'));
    CHECK_FALSE(world.quarantined('a'));
    CHECK(world.processed_head() == commit('b'));
    CHECK_FALSE(*world.ledger.unfinished(world.settings.app));
}

}  // namespace

TEST_CASE("a commit whose service does not stay up is rolled back, reported and quarantined") {
    DeployWorld world;
    world.push_after_a();
    world.service.broken = {commit('b').hex()};
    const auto report = world.deploy(polled('b'));
    CHECK(outcome(report) == "rolled-back");
    const auto& rolled = std::get<deployment::RolledBack>(report->record.state);
    CHECK(rolled.commit == commit('a'));
    CHECK(rolled.why.bad == commit('b'));
    CHECK(rolled.why.cause.message == "shop.service: exit status 1");
    check_rolled_back(world);
    CHECK(world.service.starts == 3);

    // Neither a poll nor a plain `deploy` of an operator retries it.
    for (const auto& request : {polled('b'), deploy::DeployRequest{}}) {
        const auto again = world.deploy(request);
        CHECK(outcome(again) == "refused");
        const auto& refused = std::get<deployment::Refused>(again->record.state);
        CHECK(refused.gate == "quarantine");
        CHECK(refused.reason.find("shop.service: exit status 1") != std::string::npos);
        check_rolled_back(world);
    }
    CHECK(world.service.starts == 3);
}

TEST_CASE(
    "the next push is deployed, and the failed commit stays quarantined when the branch returns to "
    "it") {
    DeployWorld world;
    world.push_after_a();
    world.service.broken = {commit('b').hex()};
    REQUIRE(world.deploy(polled('b')));
    world.repository.remote_head = commit('c');
    CHECK(outcome(world.deploy(polled('c'))) == "succeeded");
    CHECK(world.live().last_known_good == commit('c'));
    world.repository.remote_head = commit('b');
    CHECK(outcome(world.deploy(polled('b'))) == "refused");
    CHECK(world.service.runs == commit('c'));
}

TEST_CASE("an operator can retry a quarantined commit, and a success clears the quarantine") {
    DeployWorld world;
    world.push_after_a();
    world.service.broken = {commit('b').hex()};
    REQUIRE(world.deploy(polled('b')));
    world.service.broken.clear();
    REQUIRE(world.ledger.retry(world.settings.app, {"ada", ""}));
    CHECK(outcome(world.deploy()) == "succeeded");
    CHECK(world.service.runs == commit('b'));
    CHECK_FALSE(world.quarantined('b'));
}

TEST_CASE("an operator can force a quarantined commit, and another failure is rolled back again") {
    DeployWorld world;
    world.push_after_a();
    world.service.broken = {commit('b').hex()};
    REQUIRE(world.deploy(polled('b')));
    CHECK(outcome(world.deploy({.force = true})) == "rolled-back");
    check_rolled_back(world);
}

TEST_CASE("a failed restart, hook or probe rolls a commit back") {
    DeployWorld world;
    world.hooks.present = {Hook::build, Hook::activate, Hook::after};
    world.probe.present = true;
    world.push_after_a();
    SECTION("its build") {
        world.hooks.broken = {"build bbbbbbb"};
        CHECK(outcome(world.deploy(polled('b'))) == "rolled-back");
        CHECK(world.service.starts == 2);  // the new commit was never started
        CHECK(world.hooks.ran == std::vector<std::string>{"build aaaaaaa", "activate aaaaaaa",
                                                          "after aaaaaaa", "build bbbbbbb",
                                                          "build aaaaaaa", "activate aaaaaaa",
                                                          "after aaaaaaa"});
    }
    SECTION("the activate hook") {
        world.hooks.broken = {"activate bbbbbbb"};
        CHECK(outcome(world.deploy(polled('b'))) == "rolled-back");
        CHECK(world.service.starts == 2);
    }
    SECTION("the restart") {
        world.service.restart_error = Error{ErrorCode::failed, "systemd's job ended as failed"};
        // The hook fails with every commit.
        const auto error = cause(world.deploy(polled('b')));
        CHECK(error.message.find("roll back to aaaaaaa: ") == 0);
        CHECK(error.hint.find("inhaul rollback shop") != std::string::npos);
        CHECK(error.hint.find(
                  "The service started with neither the new nor the last known good commit") == 0);
        world.service.restart_error.reset();
        // Quarantined: it is rolled back, and not completed.
        CHECK(outcome(world.deploy()) == "rolled-back");
    }
    SECTION("a wrong answer to the probe") {
        world.probe.broken = {commit('b').hex()};
        CHECK(outcome(world.deploy(polled('b'))) == "rolled-back");
        CHECK(world.probe.probed == std::vector<CommitId>{commit('a'), commit('a')});
    }
    SECTION("a crash behind a good answer") {
        world.service.check_error = Error{ErrorCode::failed, "it was restarted meanwhile"};
        CHECK(cause(world.deploy(polled('b'))).message.find("restarted meanwhile") !=
              std::string::npos);
        world.service.check_error.reset();
        CHECK(outcome(world.deploy()) == "rolled-back");
    }
    check_rolled_back(world);
}

TEST_CASE("a restart reported as done but not done fails") {
    DeployWorld world;
    world.push_after_a();
    world.service.ignores_restart = true;
    CHECK(cause(world.deploy(polled('b'))).message.find("still in the run that it was in") !=
          std::string::npos);
    CHECK(world.repository.at == commit('a'));
    CHECK(world.service.runs == commit('a'));
    CHECK_FALSE(world.quarantined('b'));  // it was never started
    world.service.ignores_restart = false;
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("a start that fails leaves the units' logs in the record, and no other failure does") {
    DeployWorld world;
    world.push_after_a();
    world.service.logs = {{"shop.service", "no database\n", ""},
                          {"silent.service", "", ""},
                          {"other.service", "", "ada may not read it"}};
    world.service.broken = {commit('b').hex()};
    const auto report = world.deploy(polled('b'));
    CHECK(outcome(report) == "rolled-back");
    CHECK(report->record.outputs ==
          std::vector<ledger::Output>{{"unit", "shop.service", "log", "no database\n", false},
                                      {"unit", "other.service", "ada may not read it", "", false}});
    world.service.broken.clear();
    world.hooks.present = {Hook::activate};
    world.hooks.broken = {"activate ccccccc"};
    world.repository.remote_head = commit('c');
    const auto hook = world.deploy(polled('c'));
    CHECK(outcome(hook) == "rolled-back");
    for (const auto& output : hook->record.outputs)
        CHECK(output.hook == "activate");
}

TEST_CASE("a failed after hook is only reported") {
    DeployWorld world;
    world.hooks.present = {Hook::after};
    world.hooks.broken = {"after bbbbbbb"};
    world.push_after_a();
    const auto report = world.deploy(polled('b'));
    CHECK(outcome(report) == "succeeded");
    REQUIRE(report->record.notes.size() == 1);
    CHECK(report->record.notes[0] == "hook after bbbbbbb: exit status 1");
    CHECK(world.live().last_known_good == commit('b'));
}

TEST_CASE("hooks receive the deployed commit, and in a rollback the failed commit") {
    DeployWorld world;
    world.hooks.present = {Hook::activate};
    world.push_after_a();
    const auto value = [&](const std::string& name) -> std::string {
        for (const auto& [key, text] : world.hooks.last)
            if (key == name) return text;
        return "missing";
    };
    REQUIRE(world.deploy(polled('b')));
    CHECK(value("INHAUL_APP") == "shop");
    CHECK(value("INHAUL_COMMIT") == commit('b').hex());
    CHECK(value("INHAUL_PREVIOUS") == commit('a').hex());
    CHECK(value("INHAUL_TRIGGER") == "poll");
    CHECK(value("INHAUL_ROLLED_BACK_FROM") == "missing");
    world.repository.remote_head = commit('c');
    world.service.broken = {commit('c').hex()};
    CHECK(outcome(world.deploy(polled('c'))) == "rolled-back");
    CHECK(value("INHAUL_COMMIT") == commit('b').hex());
    CHECK(value("INHAUL_ROLLED_BACK_FROM") == commit('c').hex());
}

TEST_CASE("an app with hooks and no service is activated once for each commit") {
    DeployWorld world;
    world.service.exists = false;
    world.hooks.present = {Hook::activate};
    world.push_after_a();
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(outcome(world.deploy(polled('b'))) == "unchanged");
    CHECK(world.hooks.ran == std::vector<std::string>{"activate aaaaaaa", "activate bbbbbbb"});
}

TEST_CASE("a commit whose restart was not watched is not last known good") {
    DeployWorld world;
    world.push_after_a();
    world.service.settle_error = Error{ErrorCode::network, "connect to the bus: refused", "", true};
    CHECK(cause(world.deploy(polled('b'))).transient);
    CHECK(world.processed_head() == commit('a'));
    world.service.settle_error.reset();
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(world.live().last_known_good == commit('b'));
}

TEST_CASE("a full disk postpones a rollback until there is space") {
    DeployWorld world;
    world.push_after_a();
    world.service.broken = {commit('b').hex()};
    world.repository.fail_switch_to = commit('a');
    world.repository.switch_error = no_space;
    const auto error = cause(world.deploy(polled('b')));
    CHECK(error.transient);
    CHECK(error.message.find("roll back to aaaaaaa") == 0);
    CHECK(world.processed_head() == commit('a'));  // the head is not processed
    CHECK(world.quarantined('b'));
    world.repository.switch_error.reset();
    CHECK(outcome(world.deploy(polled('b'))) == "rolled-back");
    check_rolled_back(world);
}

TEST_CASE("a rollback that fails is reported, and a push ends the failure") {
    DeployWorld world;
    world.push_after_a();
    world.service.broken = {commit('a').hex(), commit('b').hex()};
    const auto error = cause(world.deploy(polled('b')));
    CHECK(error.message.find("roll back to aaaaaaa: shop.service: exit status 1; bbbbbbb failed in "
                             "the same way") == 0);
    CHECK(world.processed_head() == commit('b'));
    world.repository.remote_head = commit('c');
    CHECK(outcome(world.deploy(polled('c'))) == "succeeded");
    CHECK(world.service.runs == commit('c'));
}

TEST_CASE("a rollback goes to the last known good commit, not to one that was only live") {
    // a verified ─ b fails, its rollback is interrupted ─ c fails as well
    DeployWorld world;
    world.push_after_a();
    world.service.broken = {commit('b').hex(), commit('c').hex()};
    world.repository.fail_switch_to = commit('a');
    world.repository.switch_error = no_space;
    REQUIRE(world.deploy(polled('b')));
    world.repository.switch_error.reset();
    world.repository.remote_head = commit('c');
    CHECK(outcome(world.deploy(polled('c'))) == "rolled-back");
    CHECK(world.repository.at == commit('a'));
    CHECK(world.quarantined('b'));
    CHECK(world.quarantined('c'));
}

TEST_CASE("an adopted checkout can be a rollback target") {
    DeployWorld world;
    world.repository.at = commit('a');
    world.repository.objects = {commit('a').hex()};
    world.repository.remote_head = commit('b');
    world.service.broken = {commit('b').hex()};
    CHECK(outcome(world.deploy(polled('b'))) == "rolled-back");
    CHECK(world.repository.at == commit('a'));
    CHECK(world.service.runs == commit('a'));
    CHECK(world.ledger.records.back().from == commit('a'));
}

TEST_CASE("a commit that is missing from the repository is not a rollback target") {
    DeployWorld world;
    world.push_after_a();
    world.service.broken = {commit('b').hex()};
    world.repository.objects.erase(commit('a').hex());
    CHECK(cause(world.deploy(polled('b'))).message == "shop.service: exit status 1");
    CHECK(world.repository.at == commit('b'));
}

TEST_CASE("a rollback is a deployment with its steps in the history") {
    DeployWorld world;
    world.push_after_a();
    world.service.broken = {commit('b').hex()};
    REQUIRE(world.deploy(polled('b')));
    const auto& record = world.ledger.records.back();
    CHECK(record.from == commit('a'));
    CHECK(record.to == commit('b'));
    CHECK(record.trigger == Trigger::poll);
}

TEST_CASE("after a kill before any save of a rollback, the next start has the same result",
          "[long]") {
    unsigned saves = 0;
    {
        DeployWorld world;
        world.push_after_a();
        world.service.broken = {commit('b').hex()};
        const auto before = world.ledger.saves;
        REQUIRE(world.deploy(polled('b')));
        saves = world.ledger.saves - before;
    }
    CHECK(saves >= 9);
    for (unsigned first = 0; first < saves; ++first)
        for (unsigned second = 0; second < saves; ++second) {
            CAPTURE(first, second);
            DeployWorld world;
            world.push_after_a();
            world.service.broken = {commit('b').hex()};
            world.ledger.saves_left = first;
            REQUIRE_FALSE(world.deploy(polled('b')));
            world.ledger.saves_left = second;
            (void)world.deploy(polled('b'));
            world.ledger.saves_left.reset();
            REQUIRE(world.deploy(polled('b')));
            check_rolled_back(world);
            CHECK(world.service.starts <= 4);
        }
}

TEST_CASE(
    "after a kill before any save of a deployment with hooks, the next start has the same result") {
    const auto prepare = [](DeployWorld& world) {
        world.hooks.present = {Hook::build, Hook::activate, Hook::after};
        world.probe.present = true;
        world.push_after_a();
    };
    DeployWorld first_world;
    prepare(first_world);
    const auto before = first_world.ledger.saves;
    REQUIRE(first_world.deploy(polled('b')));
    const auto saves = first_world.ledger.saves - before;
    for (unsigned kill_at = 0; kill_at < saves; ++kill_at) {
        CAPTURE(kill_at);
        DeployWorld world;
        prepare(world);
        world.ledger.saves_left = kill_at;
        REQUIRE_FALSE(world.deploy(polled('b')));
        world.ledger.saves_left.reset();
        REQUIRE(world.deploy(polled('b')));
        CHECK(world.service.runs == commit('b'));
        CHECK(world.live().last_known_good == commit('b'));
        CHECK(world.service.starts == 2);
        CHECK(world.hooks.ran.back() == "after bbbbbbb");
    }
}

TEST_CASE(
    "hooks that also fail in the rollback blame no commit, and the old process keeps running") {
    DeployWorld world;
    world.hooks.present = {Hook::activate};
    world.push_after_a();
    world.hooks.broken = {"activate aaaaaaa", "activate bbbbbbb"};
    const auto error = cause(world.deploy(polled('b')));
    CHECK(error.hint.find("The service was not restarted. It still runs the earlier code.") == 0);
    CHECK(error.hint.find("inhaul deploy shop") != std::string::npos);
    CHECK(world.service.starts == 1);
    CHECK_FALSE(world.quarantined('b'));
    CHECK(world.processed_head() == commit('a'));
    world.hooks.broken.clear();
    CHECK(outcome(world.deploy()) == "succeeded");
    CHECK(world.service.runs == commit('b'));
    CHECK(world.live().last_known_good == commit('b'));
}

TEST_CASE("a failure without the commit's fault is rolled back and retried") {
    DeployWorld world;
    world.hooks.present = {Hook::activate};
    world.push_after_a();
    const Error killed{ErrorCode::failed, "killed by SIGKILL", {}, true};
    SECTION("a hook") {
        world.hooks.how = killed;
        world.hooks.broken = {"activate bbbbbbb"};
    }
    SECTION("a probe") {
        world.probe.present = true;
        world.probe.error = killed;
        // It fails in the same way with every commit, also in the rollback.
        CHECK_FALSE(cause(world.deploy(polled('b'))).message.empty());
        CHECK_FALSE(world.quarantined('b'));
        CHECK(world.processed_head() == commit('a'));
        return;
    }
    CHECK(outcome(world.deploy(polled('b'))) == "rolled-back");
    CHECK(world.repository.at == commit('a'));
    CHECK(world.service.runs == commit('a'));
    CHECK_FALSE(world.quarantined('b'));
    CHECK(world.processed_head() == commit('a'));
    world.hooks.broken.clear();
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("repeated rollbacks end, without a quarantine") {
    DeployWorld world;
    world.hooks.present = {Hook::activate};
    world.push_after_a();
    world.hooks.how = {ErrorCode::failed, "killed by SIGKILL", {}, true};
    world.hooks.broken = {"activate bbbbbbb"};
    unsigned tries = 0;
    while (world.processed_head() != commit('b') && tries < 50) {
        CHECK(outcome(world.deploy(polled('b'))) == "rolled-back");
        ++tries;
    }
    CHECK(tries == 10);
    CHECK_FALSE(world.quarantined('b'));
    world.hooks.broken.clear();
    CHECK(outcome(world.deploy()) == "succeeded");
}

TEST_CASE("a fault of the host causes no rollback and no quarantine") {
    DeployWorld world;
    world.hooks.present = {Hook::activate};
    world.push_after_a();
    world.hooks.broken = {"activate bbbbbbb"};
    for (const auto code : {ErrorCode::io, ErrorCode::no_space, ErrorCode::host,
                            ErrorCode::permission, ErrorCode::internal}) {
        CAPTURE(to_string(code));
        world.hooks.how = {code, "start a process: out of memory"};
        CHECK(cause(world.deploy(polled('b'))).code == code);
        CHECK(world.repository.at == commit('b'));
        CHECK(world.service.runs == commit('a'));
        CHECK_FALSE(world.quarantined('b'));
        CHECK(world.processed_head() == commit('a'));
    }
    world.hooks.broken.clear();
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("a verified commit is not quarantined by a later failure") {
    DeployWorld world;
    REQUIRE(world.deploy(polled('a')));
    world.repository.edited = 1;
    world.service.broken = {commit('a').hex()};
    CHECK_FALSE(cause(world.deploy(polled('a'))).message.empty());
    CHECK_FALSE(world.quarantined('a'));
    world.service.broken.clear();
    CHECK(outcome(world.deploy(polled('a'))) == "succeeded");
}

TEST_CASE("the outputs of hooks in a rollback are marked") {
    DeployWorld world;
    world.hooks.present = {Hook::build, Hook::after};
    world.push_after_a();
    world.hooks.broken = {"build bbbbbbb"};
    const auto report = world.deploy(polled('b'));
    REQUIRE(report->record.outputs.size() == 3);
    CHECK_FALSE(report->record.outputs[0].rollback);
    CHECK(report->record.outputs[1].rollback);
    CHECK(report->record.outputs[2].rollback);
}

TEST_CASE("a commit is rolled back without a quarantine after several crashes of its deployment") {
    DeployWorld world;
    world.hooks.present = {Hook::activate};
    world.push_after_a();
    world.ledger.saves_left = 5;  // killed while it is activated
    REQUIRE_FALSE(world.deploy(polled('b')));
    for (unsigned i = 1; i <= deployment::max_resumptions; ++i) {
        world.ledger.saves_left = 1;
        REQUIRE_FALSE(world.deploy(polled('b')));
    }
    world.ledger.saves_left.reset();
    const auto report = world.deploy(polled('b'));
    CHECK(outcome(report) == "rolled-back");
    CHECK(world.repository.at == commit('a'));
    CHECK(world.service.runs == commit('a'));
    CHECK_FALSE(world.quarantined('b'));
    CHECK(world.processed_head() == commit('a'));
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
}

TEST_CASE("no tree is written in the second in which a hook ended") {
    using std::chrono::floor;
    DeployWorld world;
    world.hooks.present = {Hook::activate};
    world.push_after_a();
    world.clock.advance(Milliseconds{250});
    world.service.broken = {commit('b').hex()};
    REQUIRE(outcome(world.deploy(polled('b'))) == "rolled-back");
    const auto& written = world.repository.switched;
    const auto& made = world.hooks.ended;
    REQUIRE(written.size() == 3);
    REQUIRE(made.size() == 3);
    CHECK(floor<Seconds>(written[1]) == floor<Seconds>(made[0]) + Seconds{1});
    CHECK(floor<Seconds>(written[2]) == floor<Seconds>(made[1]) + Seconds{1});

    // Without hooks no file was created.
    DeployWorld plain;
    plain.push_after_a();
    const auto begun = plain.clock.now();
    REQUIRE(outcome(plain.deploy(polled('b'))) == "succeeded");
    CHECK(plain.repository.switched.back() == begun);

    // Later no wait is necessary.
    world.clock.advance(Milliseconds{1250});
    const auto before = world.clock.now();
    world.repository.remote_head = commit('c');
    REQUIRE(outcome(world.deploy(polled('c'))) == "succeeded");
    CHECK(world.repository.switched.back() == before);
}

}  // namespace inhaul::test
