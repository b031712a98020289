// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <fstream>

#include "polled_heads.hpp"
#include "support/git_servers.hpp"

namespace inhaul::test {

/// One sshd for all of these tests, since generating its keys takes a while.
inline const GitServer& polled_sshd() {
    static const TemporaryDirectory anywhere;
    static const GitServer server{"ssh", anywhere.path};
    return server;
}

/// The agent's requests to sshd with git's own upload-pack.
struct SshHead : Place, AskedHeads {
    explicit SshHead(const GitServer& polled = polled_sshd()) : server(polled) {
        fault("");
        write_file(server["commands"], "");
        settings.git_url = server["address"] + upstream.bare.string();
        settings.ssh_key = temporary.path / "key";
        fs::copy_file(server["keys/ed25519"], *settings.ssh_key);
        settings.known_hosts = temporary.path / "known_hosts";
        fs::copy_file(server["known_hosts"], *settings.known_hosts);
        (void)run_git(upstream.bare, {"symbolic-ref", "HEAD", "refs/heads/main"});
    }
    CommitId poll() { return AskedHeads::head(settings); }
    Error refusal() { return error(settings); }
    void fault(const std::string& words) const { write_file(server["fault"], words + "\n"); }
    /// Returns the number of sessions so far.
    [[nodiscard]] std::size_t sessions() const {
        const auto text = content_of(server["commands"]);
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }
    /// Returns the upload-packs of this test's repository.
    [[nodiscard]] std::vector<pid_t> servers() const {
        std::vector<pid_t> found;
        for (const auto& entry : fs::directory_iterator{"/proc"}) {
            const auto name = entry.path().filename().string();
            if (name.find_first_not_of("0123456789") != std::string::npos) continue;
            std::ifstream file{entry.path() / "cmdline"};
            std::string line;
            std::getline(file, line);  // a process that ends meanwhile has none
            if (line.find("upload-pack") != std::string::npos &&
                line.find(upstream.bare.string()) != std::string::npos &&
                !line.starts_with("ssh") && line.find("shell") == std::string::npos)
                found.push_back(std::stoi(name));
        }
        return found;
    }
    void signal_servers(int number) const {
        for (const auto pid : servers())
            ::kill(pid, number);
    }
    void await_no_server() {
        while (!servers().empty())
            loop.run_once(system_clock().steady() + Milliseconds{20});
    }
    void move_ref(const std::string& ref, const CommitId& commit) const {
        (void)run_git(upstream.bare, {"update-ref", ref, commit.hex()});
    }
    void delete_ref(const std::string& ref) const {
        (void)run_git(upstream.bare, {"update-ref", "-d", ref});
    }

    CommitId first = upstream.publish("a", "1\n");
    CommitId second = upstream.publish("a", "2\n");
    const GitServer& server;
    Settings settings{.app = AppName::parse("shop").value(), .branch = main_branch};
};

}  // namespace inhaul::test
