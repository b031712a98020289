// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

namespace inhaul::test {
namespace {

const Error network_down{ErrorCode::network, "connect to github.com: timed out", "", true};

}  // namespace

TEST_CASE("a first deployment fills the directory, stamps it and restarts the service") {
    DeployWorld world;
    CHECK(outcome(world.deploy()) == "succeeded");
    CHECK(world.repository.at == commit('a'));
    CHECK(world.repository.stamped == commit('a'));
    CHECK(world.service.runs == commit('a'));
    CHECK(world.live().tree == commit('a'));
    CHECK(world.live().restarted == commit('a'));
    CHECK_FALSE(world.live().switch_incomplete);
    CHECK(world.processed_head() == commit('a'));
}

TEST_CASE("the same head again is unchanged") {
    DeployWorld world;
    REQUIRE(world.deploy());
    CHECK(outcome(world.deploy()) == "unchanged");
    CHECK(world.service.starts == 1);
    CHECK(world.repository.switches == 1);
}

TEST_CASE("a first deployment is recorded even if the checkout is already at the head") {
    DeployWorld world;
    world.repository.at = commit('a');
    world.probe.present = true;
    world.hooks.present = {deploy::Hook::build, deploy::Hook::activate, deploy::Hook::after};
    CHECK(outcome(world.deploy()) == "succeeded");
    CHECK(world.service.runs == commit('a'));
    CHECK(world.hooks.ran ==
          std::vector<std::string>{"build aaaaaaa", "activate aaaaaaa", "after aaaaaaa"});
    CHECK(world.probe.probed == std::vector<CommitId>{commit('a')});
    CHECK(world.repository.switches == 0);
    CHECK(world.live().last_known_good == commit('a'));
    CHECK(world.recorded('a') == 1);
    CHECK(outcome(world.deploy()) == "unchanged");
}

TEST_CASE("a first deployment is recorded even if it runs, restarts and probes nothing") {
    DeployWorld world;
    world.repository.at = commit('a');
    world.service.exists = false;
    CHECK(outcome(world.deploy()) == "succeeded");
    CHECK(world.recorded('a') == 1);
    CHECK(outcome(world.deploy()) == "unchanged");
}

TEST_CASE("a first deployment restarts even if the directory already has the commit's files") {
    DeployWorld world;
    world.repository.at = commit('a');
    world.repository.objects = {commit('a').hex()};
    world.repository.remote_head = commit('b');
    world.repository.same_files = {commit('a').hex(), commit('b').hex()};
    CHECK(outcome(world.deploy()) == "succeeded");
    CHECK(world.service.runs == commit('b'));
}

TEST_CASE("a failed first deployment has no rollback target") {
    DeployWorld world;
    world.repository.at = commit('a');
    world.service.broken = {commit('a').hex()};
    CHECK(cause(world.deploy(polled('a'))).message == "shop.service: exit status 1");
    CHECK_FALSE(world.live().last_known_good);
}

TEST_CASE("deploying again repeats all steps for the live commit without a fetch") {
    DeployWorld world;
    world.hooks.present = {deploy::Hook::activate};
    REQUIRE(world.deploy());
    world.repository.remote_head = commit('b');
    world.repository.fetch_error = network_down;
    CHECK(outcome(world.deploy({.again = true})) == "succeeded");
    CHECK(world.service.starts == 2);
    CHECK(world.service.runs == commit('a'));
    CHECK(world.hooks.ran == std::vector<std::string>{"activate aaaaaaa", "activate aaaaaaa"});
    CHECK(world.recorded('a') == 2);
    CHECK(world.processed_head() == commit('a'));
}

TEST_CASE("deploying again with nothing live deploys the head") {
    DeployWorld world;
    CHECK(outcome(world.deploy({.again = true})) == "succeeded");
    CHECK(world.live().last_known_good == commit('a'));
}

TEST_CASE("deploying again does not quarantine on failure, and a plain deployment repeats it") {
    DeployWorld world;
    world.hooks.present = {deploy::Hook::activate};
    REQUIRE(world.deploy());
    SECTION("in a hook") {
        world.hooks.broken = {"activate aaaaaaa"};
    }
    SECTION("in the service") {
        world.service.broken = {commit('a').hex()};
    }
    CHECK_FALSE(cause(world.deploy({.again = true})).message.empty());
    CHECK_FALSE(world.quarantined('a'));
    world.hooks.broken.clear();
    world.service.broken.clear();
    const auto starts = world.service.starts;
    CHECK(outcome(world.deploy()) == "succeeded");
    CHECK(world.service.starts == starts + 1);
}

TEST_CASE("a request without an existing commit leaves no record") {
    DeployWorld world;
    REQUIRE(world.deploy());
    const auto mistaken = world.deploy({.to = "fffffff"});
    REQUIRE_FALSE(mistaken);
    CHECK(mistaken.error().code == ErrorCode::not_found);
    CHECK(world.ledger.records.size() == 1);
    CHECK(outcome(world.deploy()) == "unchanged");
}

TEST_CASE("a commit that was never pushed is not deployed, unless it was live before") {
    DeployWorld world;
    REQUIRE(world.deploy());
    world.repository.objects.insert(commit('c').hex());
    world.repository.never_pushed = {commit('c').hex()};
    const auto fetches = world.repository.fetches;
    const auto local = world.deploy({.to = commit('c').hex()});
    REQUIRE_FALSE(local);
    CHECK(local.error().code == ErrorCode::not_found);
    CHECK(local.error().message.find("no branch or tag that was fetched") != std::string::npos);
    CHECK(world.repository.fetches == fetches + 1);
    CHECK(world.repository.at == commit('a'));
    CHECK(world.ledger.records.size() == 1);

    world.repository.remote_head = commit('b');
    CHECK(outcome(world.deploy()) == "succeeded");
    // The branch was rewritten, and the forge is unreachable.
    world.repository.never_pushed.insert(commit('a').hex());
    world.repository.fetch_error = Error{ErrorCode::network, "no answer", {}, true};
    CHECK(outcome(world.deploy({.to = commit('a').hex()})) == "succeeded");
}

TEST_CASE("a commit with the same files moves the tree but does not restart the service") {
    DeployWorld world;
    REQUIRE(world.deploy());
    world.repository.remote_head = commit('b');
    world.repository.same_files = {commit('a').hex(), commit('b').hex()};
    CHECK(outcome(world.deploy()) == "succeeded");
    CHECK(world.repository.at == commit('b'));
    CHECK(world.service.starts == 1);
    CHECK(outcome(world.deploy()) == "unchanged");
}

TEST_CASE("an app without a service is deployed without a restart") {
    DeployWorld world;
    world.service.exists = false;
    CHECK(outcome(world.deploy()) == "succeeded");
    CHECK(world.service.starts == 0);
    CHECK(outcome(world.deploy()) == "unchanged");
}

TEST_CASE("local edits are saved, reported and discarded, and the service is restarted") {
    DeployWorld world;
    REQUIRE(world.deploy());
    world.repository.edited = 2;
    const auto report = world.deploy();
    CHECK(outcome(report) == "succeeded");
    CHECK(world.repository.edits_saved == 1);
    CHECK(report->record.notes == std::vector<std::string>{"saved 2 edited files"});
    CHECK(world.service.starts == 2);
}

TEST_CASE("a hook's changes to tracked files are reported once and are not local edits") {
    DeployWorld world;
    world.hooks.present = {deploy::Hook::build};
    world.repository.hook_edits = {"package-lock.json", "web/ui/lock.json"};
    const auto report = world.deploy();
    CHECK(outcome(report) == "succeeded");
    CHECK(
        report->record.notes ==
        std::vector<std::string>{"the app's hooks changed package-lock.json and 1 more, which the "
                                 "commit contains"});
    REQUIRE(world.deploy());
    CHECK(world.service.starts == 1);
}

TEST_CASE("edits that cannot be saved are not discarded") {
    DeployWorld world;
    REQUIRE(world.deploy());
    world.repository.edited = 2;
    world.repository.save_error = Error{ErrorCode::no_space, "write /x: no space", "", true};
    CHECK(cause(world.deploy()).message == "save local edits: write /x: no space");
    CHECK(world.repository.edited == 2);
    CHECK(world.repository.switches == 1);
}

TEST_CASE("a tree that another program moved is corrected, and the service is restarted") {
    DeployWorld world;
    REQUIRE(world.deploy());
    world.repository.at = commit('f');
    CHECK(outcome(world.deploy()) == "succeeded");
    CHECK(world.repository.at == commit('a'));
    CHECK(world.service.starts == 2);
}

TEST_CASE("a directory with another history is refused and left as it is") {
    DeployWorld world;
    world.repository.at = commit('f');
    world.repository.unrelated = {commit('f').hex()};
    const auto error = cause(world.deploy());
    CHECK(error.code == ErrorCode::refused);
    CHECK(world.repository.switches == 0);
    CHECK_FALSE(world.processed_head());
}

TEST_CASE("a directory with another history is refused after deployments as well") {
    DeployWorld world;
    REQUIRE(world.deploy());
    world.repository.remote_head = commit('b');
    world.repository.at = commit('f');
    world.repository.objects.insert(commit('f').hex());
    world.repository.unrelated = {commit('f').hex()};
    for (int i = 0; i < 2; ++i) {
        CHECK(cause(world.deploy()).code == ErrorCode::refused);
        CHECK(world.repository.at == commit('f'));
    }
    world.repository.at = commit('a');
    CHECK(outcome(world.deploy()) == "succeeded");
}

TEST_CASE("a rewritten history is followed in a directory to which inhaul has deployed") {
    DeployWorld world;
    REQUIRE(world.deploy());
    world.repository.remote_head = commit('e');
    world.repository.unrelated = {commit('e').hex()};
    CHECK(outcome(world.deploy()) == "succeeded");
}

TEST_CASE("a failed fetch changes nothing and leaves the head undecided") {
    DeployWorld world;
    REQUIRE(world.deploy());
    world.repository.remote_head = commit('b');
    world.repository.fetch_error = network_down;
    CHECK(cause(world.deploy(polled('b'))).transient);
    CHECK(world.live().tree == commit('a'));
    CHECK(world.processed_head() == commit('a'));
}

TEST_CASE("a fetch is retried later if the git server lags behind the API") {
    DeployWorld world;
    REQUIRE(world.deploy());
    const auto error = cause(world.deploy(polled('b')));
    CHECK(error.transient);
    CHECK(error.message.find("does not have bbbbbbb yet") != std::string::npos);
    CHECK(world.processed_head() == commit('a'));
}

TEST_CASE("a push that is newer than the polled head is deployed") {
    DeployWorld world;
    REQUIRE(world.deploy());
    world.repository.objects.insert(commit('b').hex());
    world.repository.remote_head = commit('c');
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(world.repository.at == commit('c'));
    CHECK(world.processed_head() == commit('c'));
}

TEST_CASE("a first deployment whose service does not start has no rollback target") {
    DeployWorld world;
    world.service.broken = {commit('a').hex()};
    CHECK(cause(world.deploy(polled('a'))).message == "shop.service: exit status 1");
    CHECK(world.processed_head() == commit('a'));
    CHECK(world.quarantined('a'));
    CHECK(world.repository.at == commit('a'));
}

TEST_CASE("a denied restart blames no commit, and is retried once it is permitted") {
    DeployWorld world;
    REQUIRE(world.deploy());
    world.repository.remote_head = commit('b');
    world.service.restart_error = Error{ErrorCode::permission, "restart shop.service: not allowed"};
    CHECK(cause(world.deploy(polled('b'))).code == ErrorCode::permission);
    CHECK(world.processed_head() == commit('a'));
    world.service.restart_error.reset();
    CHECK(outcome(world.deploy(polled('b'))) == "succeeded");
    CHECK(world.service.runs == commit('b'));
    CHECK(world.repository.switches == 2);
    CHECK_FALSE(world.quarantined('b'));
}

TEST_CASE("a commit that an operator chooses is deployed and leaves the head undecided") {
    DeployWorld world;
    REQUIRE(world.deploy());
    world.repository.remote_head = commit('b');
    REQUIRE(world.deploy());
    world.repository.fetch_error = network_down;  // a local commit needs no network
    CHECK(outcome(world.deploy({.to = "aaaaaaa"})) == "succeeded");
    CHECK(world.repository.at == commit('a'));
    CHECK(world.processed_head() == commit('b'));
}

TEST_CASE("a stamp that the repository tracks is not changed, and is reported") {
    DeployWorld world;
    world.repository.stamp_tracked = true;
    const auto report = world.deploy();
    CHECK(outcome(report) == "succeeded");
    REQUIRE(report->record.notes.size() == 1);
    CHECK(report->record.notes[0].find("updated.txt") != std::string::npos);
}

}  // namespace inhaul::test
