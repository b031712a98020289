// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "polled_sshd.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

/// An sshd with a configuration of its own.
struct ConfiguredSshd {
    explicit ConfiguredSshd(const std::vector<std::string>& lines = {})
        : server("ssh", anywhere.path, options(lines)) {}
    static std::vector<std::string> options(const std::vector<std::string>& lines) {
        std::vector<std::string> words;
        for (const auto& line : lines) {
            words.emplace_back("--option");
            words.push_back(line);
        }
        return words;
    }
    [[nodiscard]] std::size_t starts() const {
        const auto log = content_of(server["log"]);
        std::size_t found = 0;
        for (auto at = log.find("Server listening"); at != std::string::npos;
             at = log.find("Server listening", at + 1))
            ++found;
        return found;
    }
    /// Lets sshd reread its host keys.
    void reload() const {
        const auto before = starts();
        ::kill(std::stoi(content_of(server["pid"])), SIGHUP);
        while (starts() == before)
            std::this_thread::sleep_for(Milliseconds{10});
    }
    void use_host_key(const std::string& name) const {
        for (const auto* const part : {"", ".pub"})
            fs::copy_file(server[name] + part, server["host_key"] + part,
                          fs::copy_options::overwrite_existing);
        reload();
    }

    TemporaryDirectory anywhere;
    GitServer server;
};

/// Returns the ssh processes that this process has started.
std::vector<pid_t> own_sessions() {
    std::vector<pid_t> found;
    for (const auto& thread : fs::directory_iterator{"/proc/self/task"}) {
        std::ifstream children{thread.path() / "children"};
        for (pid_t child = 0; children >> child;) {
            std::ifstream name{"/proc/" + std::to_string(child) + "/comm"};
            std::string text;
            if (name >> text && text == "ssh") found.push_back(child);
        }
    }
    return found;
}

}  // namespace

TEST_CASE("a server that ends idle sessions is polled in a session each, without an error") {
    const ConfiguredSshd sshd{{"ChannelTimeout session:command=4s"}};
    SshHead polled{sshd.server};
    for (const auto& commit : {polled.second, polled.first, polled.second}) {
        polled.move_ref("refs/heads/main", commit);
        CHECK(polled.poll() == commit);
        polled.await_no_server();
        while (!own_sessions().empty())
            polled.loop.run_once(system_clock().steady() + Milliseconds{20});
    }
    CHECK(polled.sessions() == 3);
}

TEST_CASE("a client that sshd has lost is replaced at the next poll, without an error") {
    const ConfiguredSshd sshd{{"ClientAliveInterval 1", "ClientAliveCountMax 1"}};
    SshHead polled{sshd.server};
    CHECK(polled.poll() == polled.second);
    const auto open = own_sessions();
    REQUIRE(open.size() == 1);
    ::kill(open.front(), SIGSTOP);  // as if the network were gone
    polled.await_no_server();
    ::kill(open.front(), SIGCONT);
    polled.move_ref("refs/heads/main", polled.first);
    CHECK(polled.poll() == polled.first);
    CHECK(polled.sessions() == 2);
}

TEST_CASE("a server's key that changes while a session is open is refused at the next connection") {
    const ConfiguredSshd sshd;
    fs::copy_file(sshd.server["host_key"], sshd.anywhere.path / "kept");
    fs::copy_file(sshd.server["host_key"] + ".pub", sshd.anywhere.path / "kept.pub");
    SshHead polled{sshd.server};
    CHECK(polled.poll() == polled.second);
    sshd.use_host_key("other_host_key");
    CHECK(polled.poll() == polled.second);
    CHECK(polled.sessions() == 1);
    polled.signal_servers(SIGKILL);
    polled.await_no_server();
    CHECK(polled.refusal().reason == ErrorReason::untrusted_host_key);
    CHECK(polled.refusal().reason == ErrorReason::untrusted_host_key);
    CHECK(polled.sessions() == 1);
    CHECK(own_sessions().empty());
}

TEST_CASE_METHOD(SshHead, "a session that answers one byte a second is replaced within the poll") {
    must_run({"sh", "-c",
              "GIT_PROTOCOL=version=2 git upload-pack '" + upstream.bare.string() +
                  "' </dev/null >'" + (temporary.path / "capabilities").string() + "' || true"});
    const auto answer = std::string_view{"0051"}.size() + second.hex().size() +
                        std::string_view{" HEAD symref-target:refs/heads/main\n0000"}.size();
    fault("drip " + std::to_string(fs::file_size(temporary.path / "capabilities") + answer));
    CHECK(poll() == second);
    CHECK(sessions() == 1);
    move_ref("refs/heads/main", first);
    std::optional<std::optional<GitHead>> polled;
    heads->poll_head(settings, [&](std::optional<GitHead> head) { polled = std::move(head); });
    // Some bytes arrive, so the session is not silent.
    const auto begun = system_clock().steady();
    while (!polled && system_clock().steady() < begun + Seconds{3})
        loop.run_once(begun + Seconds{3});
    CHECK_FALSE(polled);
    clock.ahead += Seconds{13};
    while (!polled)
        loop.run_once({});
    REQUIRE(*polled);
    CHECK(must((*polled)->commit) == first);
    CHECK(sessions() == 2);
    fault("");
}

TEST_CASE_METHOD(SshHead, "a week of polls has one session at a time, each an hour at most") {
    constexpr int steps = 7 * 4;
    for (int step = 0; step < steps; ++step) {
        const auto& commit = step % 2 == 0 ? first : second;
        move_ref("refs/heads/main", commit);
        CHECK(poll() == commit);
        clock.ahead += std::chrono::minutes{59};
        CHECK(poll() == commit);
        CHECK(own_sessions().size() == 1);
        clock.ahead += std::chrono::minutes{301};
    }
    CHECK(sessions() == steps);
    heads.reset();
    CHECK(own_sessions().empty());
}

TEST_CASE_METHOD(SshHead, "200 apps on one server have 16 open sessions, and as many processes") {
    std::vector<Settings> apps;
    for (int i = 0; i < 200; ++i) {
        const auto name = temporary.path / ("copy-" + std::to_string(i) + ".git");
        fs::create_directory_symlink(upstream.bare, name);
        apps.push_back(settings);
        apps.back().git_url = server["address"] + name.string();
    }
    // As many at a time as the agent polls.
    constexpr std::size_t at_a_time = 8;
    std::size_t answered = 0;
    std::size_t most = 0;
    const auto ask_all = [&](std::size_t from, std::size_t end) {
        answered = from;
        std::size_t asked = from;
        while (answered < end) {
            for (; asked < end && asked < answered + at_a_time; ++asked)
                heads->poll_head(apps[asked], [&](std::optional<GitHead> head) {
                    ++answered;
                    REQUIRE(head);
                    CHECK(must(head->commit) == second);
                });
            loop.run_once({});
            most = std::max(most, own_sessions().size());
        }
    };
    ask_all(0, apps.size());
    CHECK(most <= 16 + at_a_time);
    CHECK(own_sessions().size() == 16);
    const auto before = sessions();
    ask_all(0, 8);  // these are open
    CHECK(sessions() == before);
    ask_all(192, 200);
    CHECK(sessions() == before + 8);
    CHECK(own_sessions().size() == 16);
    heads.reset();
    CHECK(own_sessions().empty());
}
