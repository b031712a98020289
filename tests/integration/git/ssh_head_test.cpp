// SPDX-License-Identifier: Apache-2.0
#include "polled_sshd.hpp"

using namespace inhaul;
using namespace inhaul::test;

TEST_CASE_METHOD(SshHead, "many polls over ssh are one session") {
    for (int i = 0; i < 20; ++i)
        CHECK(poll() == second);
    CHECK(sessions() == 1);
    CHECK(servers().size() == 1);
    heads.reset();
    await_no_server();
}

TEST_CASE_METHOD(SshHead, "the open session returns a head after each kind of change") {
    CHECK(poll() == second);
    move_ref("refs/heads/main", first);
    CHECK(poll() == first);
    (void)run_git(upstream.bare, {"pack-refs", "--all", "--prune"});
    CHECK(poll() == first);
    move_ref("refs/heads/main", second);
    CHECK(poll() == second);
    (void)run_git(upstream.bare, {"pack-refs", "--all", "--prune"});
    CHECK(poll() == second);
    move_ref("refs/heads/main", first);
    (void)run_git(upstream.bare, {"pack-refs", "--all", "--prune"});
    CHECK(poll() == first);
    (void)run_git(upstream.bare, {"gc", "--quiet"});
    CHECK(poll() == first);
    const auto third = upstream.publish("a", "3\n");
    CHECK(poll() == third);
    CHECK(sessions() == 1);
}

TEST_CASE_METHOD(SshHead, "a branch that is deleted and created again is found each time") {
    CHECK(poll() == second);
    const bool packed = GENERATE(false, true);
    if (packed) (void)run_git(upstream.bare, {"pack-refs", "--all", "--prune"});
    delete_ref("refs/heads/main");
    CHECK(refusal().reason == ErrorReason::empty_repository);
    move_ref("refs/heads/other", first);
    CHECK(refusal().reason == ErrorReason::no_branch);
    move_ref("refs/heads/main", first);
    CHECK(poll() == first);
    move_ref("refs/heads/main", second);
    CHECK(poll() == second);
    CHECK(poll() == second);
}

TEST_CASE_METHOD(SshHead, "thousands of refs beside the branch change nothing") {
    const auto update = [&](const std::string& line) {
        std::string refs;
        for (int i = 0; i < 3000; ++i)
            refs += line + " refs/heads/main-" + std::to_string(i) + " " + first.hex() + "\n";
        write_file(temporary.path / "refs", refs);
        must_run({"sh", "-c",
                  "git --git-dir='" + upstream.bare.string() + "' update-ref --stdin <'" +
                      (temporary.path / "refs").string() + "'"});
    };
    CHECK(poll() == second);
    update("create");
    CHECK(poll() == second);
    move_ref("refs/heads/main", first);
    CHECK(poll() == first);
    (void)run_git(upstream.bare, {"pack-refs", "--all", "--prune"});
    update("delete");
    CHECK(poll() == first);
    move_ref("refs/heads/main", second);
    CHECK(poll() == second);
    CHECK(sessions() == 1);
}

TEST_CASE_METHOD(SshHead, "a branch that HEAD does not name is read in a session of its own") {
    move_ref("refs/heads/release/1", first);
    settings.branch = BranchName::parse("release/1").value();
    for (const auto& commit : {first, second, first}) {
        move_ref("refs/heads/release/1", commit);
        CHECK(poll() == commit);
        CHECK(poll() == commit);
        await_no_server();
    }
    CHECK(sessions() == 6);
    settings.branch = BranchName::parse("missing").value();
    CHECK(refusal().reason == ErrorReason::no_branch);
}

TEST_CASE_METHOD(SshHead, "a HEAD that leads to another branch does not count as the app's head") {
    CHECK(poll() == second);
    move_ref("refs/heads/other", first);
    (void)run_git(upstream.bare, {"symbolic-ref", "HEAD", "refs/heads/other"});
    CHECK(poll() == second);
    move_ref("refs/heads/main", first);
    CHECK(poll() == first);
    (void)run_git(upstream.bare, {"update-ref", "--no-deref", "HEAD", second.hex()});
    CHECK(poll() == first);
}

TEST_CASE_METHOD(SshHead, "branches of one repository have one session, and their own answers") {
    auto other = settings;
    other.branch = BranchName::parse("other").value();
    move_ref("refs/heads/other", first);
    CHECK(poll() == second);
    CHECK(AskedHeads::head(other) == first);
    move_ref("refs/heads/other", second);
    move_ref("refs/heads/main", first);
    CHECK(AskedHeads::head(other) == second);
    CHECK(poll() == first);
}

TEST_CASE_METHOD(SshHead,
                 "a session that ends is started again at the next poll, without an error") {
    CHECK(poll() == second);
    move_ref("refs/heads/main", first);
    signal_servers(SIGKILL);
    await_no_server();
    CHECK(poll() == first);
    CHECK(sessions() == 2);
}

TEST_CASE_METHOD(SshHead, "an open session that does not answer is replaced within the poll") {
    CHECK(poll() == second);
    move_ref("refs/heads/main", first);
    signal_servers(SIGSTOP);
    std::optional<std::optional<GitHead>> answer;
    heads->poll_head(settings, [&](std::optional<GitHead> head) { answer = std::move(head); });
    loop.run_once({});
    clock.ahead += Seconds{16};
    while (!answer)
        loop.run_once({});
    REQUIRE(*answer);
    CHECK(must((*answer)->commit) == first);
    CHECK(sessions() == 2);
    signal_servers(SIGCONT);
}

TEST_CASE_METHOD(SshHead,
                 "a server that hangs, drips or cuts from the start ends the poll in time") {
    heads = make(Seconds{3});
    SECTION("hangs") {
        fault("stall 10");
    }
    SECTION("drips") {
        fault("drip 10");
    }
    SECTION("hangs in its answer") {
        fault("stall 150");
    }
    CHECK(refusal().code == ErrorCode::timeout);
    fault("");
    heads = make(Seconds{30});
    CHECK(poll() == second);
}

TEST_CASE_METHOD(SshHead, "a session that is cut at any byte gives no wrong head") {
    for (const int bytes : {0, 3, 4, 13, 40, 100, 130, 150, 170, 190, 200, 220}) {
        CAPTURE(bytes);
        fault("cut " + std::to_string(bytes));
        const auto answer = ask(settings);
        if (answer && answer->commit) CHECK(*answer->commit == second);
        fault("");
        CHECK(poll() == second);
        heads->reset();
    }
}

TEST_CASE_METHOD(SshHead,
                 "a server without version 2 is polled in a session each, without a child") {
    fault("old");
    const auto answer = ask(settings);
    REQUIRE(answer);
    CHECK(answer->commit == second);
    CHECK(answer->method == PollMethod::each_ssh);
    move_ref("refs/heads/main", first);
    CHECK(poll() == first);
    CHECK(sessions() == 2);
    await_no_server();
    settings.branch = BranchName::parse("missing").value();
    const auto error = refusal();
    CHECK(error.reason == ErrorReason::no_branch);
    CHECK(error == error_of(git::remote_head(must(git::access_for(settings)), settings.branch)));
}

TEST_CASE_METHOD(SshHead, "a list of refs does not answer a later request") {
    fault("old-late 10");
    const fs::path taken = std::string{server["fault"]} + ".taken";
    fs::remove(taken);
    std::vector<CommitId> answers;
    const auto keep = [&](const std::optional<GitHead>& head) {
        answers.push_back(must(head.value().commit));
    };
    heads->poll_head(settings, keep);
    while (!fs::exists(taken))
        loop.run_once(system_clock().steady() + Milliseconds{20});
    move_ref("refs/heads/main", first);
    fault("old");
    heads->poll_head(settings, keep);
    write_file(std::string{server["fault"]} + ".open", "");
    while (answers.size() < 2)
        loop.run_once({});
    CHECK(answers == std::vector{second, first});
}

TEST_CASE_METHOD(SshHead, "a server that ends early is polled by the child") {
    SECTION("ends after its capabilities") {
        fault("end 140");
    }
    SECTION("ends in its capabilities") {
        fault("end 100");
    }
    const auto answer = ask(settings);
    CHECK((!answer || !answer->commit));
    CHECK(sessions() <= 2);
    settings.git_url = upstream.bare.string();
    CHECK_FALSE(ask(settings));
}

TEST_CASE_METHOD(SshHead, "each refusal has the message of the child") {
    const auto of_child = [&] {
        return error_of(git::remote_head(must(git::access_for(settings)), settings.branch));
    };
    SECTION("an unknown key") {
        fs::remove(*settings.ssh_key);
        fs::copy_file(server["keys/unknown"], *settings.ssh_key);
    }
    SECTION("a host key that is not known") {
        settings.known_hosts = server["other_known_hosts"];
    }
    SECTION("a host key that has changed") {
        settings.known_hosts = server["changed_known_hosts"];
    }
    SECTION("a host key that is revoked") {
        settings.known_hosts = server["revoked_known_hosts"];
    }
    SECTION("a missing repository") {
        settings.git_url += "-missing";
    }
    SECTION("a closed port") {
        settings.git_url =
            "ssh://git@127.0.0.1:" + std::to_string(free_port()) + upstream.bare.string();
    }
    SECTION("an invalid URL") {
        settings.git_url = "ssh://git@-oProxyCommand=x/app.git";
    }
    const auto error = refusal();
    CHECK(error == of_child());
    CHECK_FALSE(error.message.empty());
}

TEST_CASE_METHOD(SshHead, "changed keys, known_hosts or settings start the session again") {
    CHECK(poll() == second);
    SECTION("the key is replaced by another good one") {
        fs::remove(*settings.ssh_key);
        fs::copy_file(server["keys/rsa"], *settings.ssh_key);
        CHECK(poll() == second);
        CHECK(sessions() == 2);
    }
    SECTION("the key is replaced by one that is refused") {
        fs::remove(*settings.ssh_key);
        fs::copy_file(server["keys/unknown"], *settings.ssh_key);
        CHECK(refusal().code == ErrorCode::authentication);
    }
    SECTION("known_hosts has another key") {
        fs::remove(*settings.known_hosts);
        fs::copy_file(server["changed_known_hosts"], *settings.known_hosts);
        CHECK(refusal().reason == ErrorReason::untrusted_host_key);
    }
    SECTION("the settings are reread") {
        heads->reset();
        CHECK(servers().size() <= 1);
        CHECK(poll() == second);
        CHECK(sessions() == 2);
    }
    SECTION("the settings are reread during a request") {
        std::optional<std::optional<GitHead>> answer;
        heads->poll_head(settings, [&](std::optional<GitHead> head) { answer = std::move(head); });
        heads->reset();
        while (!answer)
            loop.run_once({});
        REQUIRE(*answer);
        CHECK(must((*answer)->commit) == second);
    }
}

TEST_CASE_METHOD(SshHead, "a session lasts an hour at most") {
    CHECK(poll() == second);
    clock.ahead += std::chrono::minutes{59};
    CHECK(poll() == second);
    CHECK(sessions() == 1);
    clock.ahead += std::chrono::minutes{2};
    CHECK(poll() == second);
    CHECK(sessions() == 2);
}
