// SPDX-License-Identifier: Apache-2.0
#include "place.hpp"
#include "support/git_servers.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

/// One sshd for all of these tests, since generating its keys takes a while.
const GitServer& sshd() {
    static const TemporaryDirectory anywhere;
    static const GitServer server{"ssh", anywhere.path};
    return server;
}

struct OverSsh : Place {
    OverSsh() {
        fault("");
        write_file(server["commands"], "");
    }
    CommitId head = upstream.publish("a", "1\n");
    const GitServer& server = sshd();

    [[nodiscard]] std::string url(const fs::path& repository) const {
        return server["address"] + repository.string();
    }
    [[nodiscard]] git::Access ssh(const std::string& key = "ed25519",
                                  const std::string& known = "known_hosts") const {
        return {.url = url(upstream.bare),
                .ssh_key = server["keys/" + key],
                .known_hosts = server[known],
                .timeouts = {.connect = Seconds{20}, .silence = Seconds{20}}};
    }
    [[nodiscard]] git::Access impatient() const {
        auto access = ssh();
        access.timeouts = {.connect = Seconds{4}, .silence = Seconds{2}};
        return access;
    }
    [[nodiscard]] Result<CommitId> fetch(const git::Access& access) const {
        const auto checkout = git::repository(directory, main_branch, access);
        TRY(checkout->open());
        return checkout->fetch(no_progress, std::nullopt);
    }
    void fault(const std::string& words) const { write_file(server["fault"], words + "\n"); }
};

/// Returns the children of this process except the server.
std::size_t children() {
    std::size_t count = 0;
    for (const auto& task : fs::directory_iterator{"/proc/self/task"}) {
        std::ifstream list{task.path() / "children"};
        for (pid_t child = 0; list >> child;)
            ++count;
    }
    return count;
}

void check_about_host_key(const Error& error) {
    CHECK(error.code == ErrorCode::authentication);
    CHECK(error.reason == ErrorReason::untrusted_host_key);
    CHECK_FALSE(error.transient);
    CHECK_THAT(error.message, ContainsSubstring("host"));
    CHECK_THAT(error.hint, ContainsSubstring("known_hosts"));
    CHECK_THAT(error.hint, ContainsSubstring("fingerprint"));
}

/// Accepts connections, and never sends anything.
struct SilentServer {
    SilentServer() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        auto address = loopback(0);
        socklen_t size = sizeof address;
        if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(socket.get(), 8) != 0 ||
            ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("no silent server");
        port = ntohs(address.sin_port);
    }
    FileDescriptor socket;
    int port = 0;
};

}  // namespace

TEST_CASE("a deploy key of any kind fetches over ssh") {
    const OverSsh place;
    for (const auto* key : {"ed25519", "rsa", "ecdsa"}) {
        INFO(key);
        CHECK(must(git::remote_head(place.ssh(key), main_branch)) == place.head);
    }
    CHECK(must(place.fetch(place.ssh())) == place.head);
    CHECK(must(place.fetch(place.ssh("rsa", "rsa_known_hosts"))) == place.head);
    CHECK(children() == 1);
    // Only git-upload-pack was run, with the path as one word.
    const auto commands = content_of(place.server["commands"]);
    const auto expected = "git-upload-pack '" + place.upstream.bare.string() + "'\n";
    CHECK(commands.starts_with(expected));
    CHECK(commands.size() == expected.size() * 5);
}

TEST_CASE("the remote path is the same as git's") {
    const OverSsh place;
    const auto asked_for = [&](const std::string& path) {
        write_file(place.server["commands"], "");
        auto access = place.ssh();
        access.url = place.server["address"] + path;
        const auto answer = git::remote_head(access, main_branch);
        const auto commands = content_of(place.server["commands"]);
        return commands.substr(0, commands.find('\n'));
    };
    // For host:path, for a named home, and for a URL with an encoded path.
    CHECK(asked_for("/~/no such/app.git") == "git-upload-pack 'no such/app.git'");
    CHECK(asked_for("/~ada/app.git") == "git-upload-pack '~ada/app.git'");
    CHECK(asked_for("/srv/no%20such/100%25%27s.git") ==
          "git-upload-pack '/srv/no such/100%'\\''s.git'");
    const auto spaced = place.temporary.path / "with space.git";
    fs::rename(place.upstream.bare, spaced);
    auto access = place.ssh();
    access.url = place.server["address"] + place.temporary.path.string() + "/with%20space.git";
    CHECK(must(git::remote_head(access, main_branch)) == place.head);
}

TEST_CASE("a large fetch over ssh is complete") {
    const OverSsh place;
    std::string noise;
    for (unsigned i = 0, x = 1; i < 3'000'000; ++i) {
        x = x * 1664525U + 1013904223U;
        noise += static_cast<char>(x >> 24U);
    }
    const auto large = place.upstream.publish("noise", noise);
    CHECK(must(place.fetch(place.ssh())) == large);
    CHECK(run_git(place.directory, {"cat-file", "-s", large.hex() + ":noise"}) == "3000000");
}

TEST_CASE("a key that the server does not know is refused with the server's message") {
    const OverSsh place;
    const auto error = error_of(place.fetch(place.ssh("unknown")));
    CHECK(error.code == ErrorCode::authentication);
    CHECK_FALSE(error.transient);
    CHECK_THAT(error.message, ContainsSubstring("Permission denied"));
    CHECK_THAT(error.hint, ContainsSubstring("deploy key"));
    CHECK(children() == 1);
}

TEST_CASE("an unknown, changed or revoked host key is refused") {
    const OverSsh place;
    for (const auto* known : {"other_known_hosts", "changed_known_hosts", "revoked_known_hosts"}) {
        INFO(known);
        const auto before = content_of(place.server[known]);
        const auto error = error_of(place.fetch(place.ssh("ed25519", known)));
        INFO(error.message);
        check_about_host_key(error);
        CHECK(content_of(place.server[known]) == before);
    }
    CHECK(content_of(place.server["commands"]).empty());
    CHECK(children() == 1);
}

TEST_CASE("a missing known_hosts file trusts no host") {
    const OverSsh place;
    auto access = place.ssh();
    access.known_hosts = place.temporary.path / "missing";
    check_about_host_key(error_of(place.fetch(access)));
    CHECK_FALSE(fs::exists(place.temporary.path / "missing"));
}

TEST_CASE("a known_hosts file in a path with a space and a percent sign is read") {
    const OverSsh place;
    const auto odd = place.temporary.path / "100% known hosts";
    fs::copy_file(place.server["known_hosts"], odd);
    auto access = place.ssh();
    access.known_hosts = odd;
    CHECK(must(place.fetch(access)) == place.head);
}

TEST_CASE("a repository whose name has quotes and spaces is found") {
    const OverSsh place;
    const Upstream odd{place.temporary.path, "it's $(odd) `x` & !.git"};
    const auto head = odd.publish("a", "odd\n");
    auto access = place.ssh();
    access.url = place.url(odd.bare);
    CHECK(must(git::remote_head(access, main_branch)) == head);
}

TEST_CASE("a missing repository is not found over ssh") {
    const OverSsh place;
    auto access = place.ssh();
    access.url = place.url(place.temporary.path / "nothing.git");
    const auto error = error_of(place.fetch(access));
    CHECK(error.code == ErrorCode::not_found);
    CHECK_FALSE(error.hint.empty());
    CHECK_THAT(error.message, ContainsSubstring("nothing.git"));
}

TEST_CASE("a missing branch is not found over ssh") {
    const OverSsh place;
    const auto branch = BranchName::parse("nothing").value();
    const auto error = error_of(git::remote_head(place.ssh(), branch));
    CHECK(error.code == ErrorCode::not_found);
    CHECK(error.reason == ErrorReason::no_branch);
}

TEST_CASE("a URL that ssh could misread starts no process") {
    for (const std::string url :
         {"ssh://-oProxyCommand=touch/x", "ssh://-oX@host/x", "ssh://git@-host/x",
          "ssh://git@host:-1/x", "ssh://git@host:2x/x", "ssh://git@host:/x", "ssh://git@host:0/x",
          "ssh://git@host:99999/x", "ssh://git@ho st/x", "ssh://git@host/x\ny",
          "ssh://git@host/x\x7f", "ssh://host", "ssh://host/", "ssh:///x", "ssh://@host/x",
          "ssh://git@ho;st/x", "ssh://git@%68/x", "ssh://git:secret@host/x"}) {
        INFO(url);
        const auto before = children();
        const auto error = error_of(git::remote_head({.url = url}, main_branch));
        CHECK(error.code == ErrorCode::configuration);
        CHECK(children() == before);
    }
}

TEST_CASE("a server that accepts and never answers times out") {
    const OverSsh place;
    const SilentServer silent;
    auto access = place.impatient();
    access.url = "ssh://git@127.0.0.1:" + std::to_string(silent.port) + "/app.git";
    const auto error = error_of(place.fetch(access));
    CHECK((error.code == ErrorCode::timeout || error.code == ErrorCode::network));
    CHECK(error.transient);
    CHECK_THAT(error.message, ContainsSubstring("127.0.0.1"));
    CHECK(children() == 1);
}

TEST_CASE("a closed port is a network error") {
    const OverSsh place;
    auto access = place.ssh();
    access.url = "ssh://git@127.0.0.1:" + std::to_string(free_port()) + "/app.git";
    const auto error = error_of(place.fetch(access));
    CHECK(error.code == ErrorCode::network);
    CHECK(error.transient);
    CHECK_THAT(error.message, ContainsSubstring("refused"));
}

TEST_CASE("a connection that breaks or stalls is an error, and a later one works") {
    const OverSsh place;
    std::string noise;
    for (unsigned i = 0, x = 7; i < 200'000; ++i) {
        x = x * 1664525U + 1013904223U;
        noise += static_cast<char>(x >> 24U);
    }
    const auto head = place.upstream.publish("noise", noise);
    const auto how = GENERATE(as<std::string>{}, "cut 0", "cut 10", "cut 300", "cut 100000",
                              "stall 0", "stall 300", "stall 100000");
    INFO(how);
    place.fault(how);
    const auto error =
        error_of(place.fetch(how.starts_with("stall") ? place.impatient() : place.ssh()));
    INFO(error.message);
    CHECK((error.code == ErrorCode::network || error.code == ErrorCode::timeout));
    CHECK((error.code == ErrorCode::timeout) == how.starts_with("stall"));
    CHECK(error.transient);
    CHECK(children() == 1);
    CHECK(debris(place.directory).empty());
    place.fault("");
    CHECK(must(place.fetch(place.ssh())) == head);
}

TEST_CASE("a slow server does not time out while it sends") {
    const OverSsh place;
    place.fault("late 100");
    CHECK(must(place.fetch(place.ssh())) == place.head);
}

TEST_CASE("the account's own ssh configuration is not used") {
    const OverSsh place;
    const auto home = place.temporary.path / "home";
    fs::create_directories(home / ".ssh");
    write_file(home / ".ssh/config", "Host *\n  ProxyCommand /bin/false\n");
    const auto before = file::environment("HOME");
    ::setenv("HOME", home.c_str(), 1);
    CHECK(must(place.fetch(place.ssh())) == place.head);
    ::setenv("HOME", before.value_or("/").c_str(), 1);
}

TEST_CASE("a configured ssh_config is used, but cannot weaken the strict options") {
    const OverSsh place;
    const auto config = place.temporary.path / "ssh_config";
    auto access = place.ssh();
    const auto port = place.server["address"].substr(place.server["address"].rfind(':') + 1);
    access.url = "ssh://forge" + place.upstream.bare.string();
    access.ssh_config = config;
    write_file(config, "Host forge\n  HostName 127.0.0.1\n  Port " + port +
                           "\n  HostKeyAlias [127.0.0.1]:" + port +
                           "\n  StrictHostKeyChecking no\n");
    CHECK(must(place.fetch(access)) == place.head);
    access.known_hosts = place.server["other_known_hosts"];
    check_about_host_key(error_of(place.fetch(access)));
}

TEST_CASE("a jump host of the configured ssh_config is used with the same strict options") {
    const OverSsh place;
    const auto config = place.temporary.path / "ssh_config";
    const auto address = place.server["address"];
    const auto user = address.substr(6, address.find('@') - 6);
    const auto port = address.substr(address.rfind(':') + 1);
    auto access = place.ssh();
    access.url = "ssh://" + user + "@forge" + place.upstream.bare.string();
    access.ssh_config = config;
    const auto jump_through = [&](const std::string& key, const std::string& known) {
        write_file(config, "Host jump forge\n  HostName 127.0.0.1\n  Port " + port +
                               "\nHost jump\n  User " + user + "\n  IdentityFile " +
                               place.server["keys/" + key] + "\n  UserKnownHostsFile " +
                               place.server[known] + "\nHost forge\n  ProxyJump jump\n");
        return place.fetch(access);
    };
    CHECK(must(jump_through("jump", "known_hosts")) == place.head);
    CHECK_FALSE(jump_through("unknown", "known_hosts"));
    CHECK_FALSE(jump_through("jump", "other_known_hosts"));
    CHECK(children() == 1);
}

TEST_CASE("a key in an ssh agent is used if no other is configured") {
    const OverSsh place;
    const auto socket = (place.temporary.path / "agent").string();
    const auto agent = must(
        process::Child::spawn({.argv = {"ssh-agent", "-D", "-a", socket}, .capture_stdout = true}));
    ::pollfd listens{.fd = agent.output(), .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&listens, 1, 20'000) == 1);  // it prints its address
    const auto before = file::environment("SSH_AUTH_SOCK");
    ::setenv("SSH_AUTH_SOCK", socket.c_str(), 1);
    auto access = place.ssh();
    access.ssh_key.reset();
    CHECK(error_of(place.fetch(access)).code == ErrorCode::authentication);
    const auto added = must(process::run(
        {.argv = {"ssh-add", "-q", place.server["keys/ed25519"]}, .capture_output = true},
        Seconds{20}));
    CHECK(added.status.success());
    CHECK(must(place.fetch(access)) == place.head);
    ::setenv("SSH_AUTH_SOCK", before.value_or("").c_str(), 1);
}

TEST_CASE("github.com is trusted only by its built-in keys, even if ssh_config adds others") {
    const OverSsh place;
    const auto config = place.temporary.path / "ssh_config";
    const auto port = place.server["address"].substr(place.server["address"].rfind(':') + 1);
    const auto account =
        "ssh://" + place.server["address"].substr(6, place.server["address"].find('@') - 5);
    const auto key = content_of(place.server["known_hosts"]);
    const auto words = key.substr(key.find(' ') + 1);
    const auto hosts = place.temporary.path / "account_known_hosts";
    write_file(hosts, "* " + words);
    const auto here = "\n  HostName 127.0.0.1\n  Port " + port;
    const auto tunnel = "\n  ProxyCommand bash -c 'exec 3<>/dev/tcp/127.0.0.1/" + port +
                        "; cat <&3 & exec cat >&3'";
    const auto answer = [&](const std::string& host, const std::string& lines) {
        write_file(config, "Host *" + lines + "\n");
        auto access = place.ssh();
        access.known_hosts.reset();
        access.ssh_config = config;
        access.url = account + host + place.upstream.bare.string();
        return place.fetch(access);
    };
    const auto file = "\n  UserKnownHostsFile " + hosts.string();
    const auto command = "\n  KnownHostsCommand /bin/cat " + hosts.string();
    const auto alias = "\n  HostKeyAlias elsewhere.example";
    // The file would be accepted for any other host.
    CHECK(must(answer("forge", here + file)) == place.head);
    CHECK(must(answer("forge", here + command)) == place.head);
    for (const std::string host : {"github.com", "GitHub.com", "github.com.", "ssh.github.com",
                                   "ssh.github.com:443", "github.com:2222"})
        for (const auto& lines : {here + file, here + command, here + alias + file, tunnel + file,
                                  tunnel + command + alias}) {
            INFO(host << lines);
            // The URL's port counts, not the configuration's.
            if (host.find(':') != std::string::npos && lines.starts_with(here)) continue;
            const auto error = error_of(answer(host, lines));
            check_about_host_key(error);
            CHECK_THAT(error.message, ContainsSubstring("GitHub"));
        }
    // An alias in ~/.ssh/config, as used with several deploy keys.
    for (const std::string name : {"github.com", "GitHub.com", "ssh.github.com"})
        check_about_host_key(error_of(answer("gh-app", "\n  HostName " + name + tunnel + file)));
    write_file(place.temporary.path / "own", "@cert-authority * " + words);
    CHECK_FALSE(answer("github.com",
                       here + "\n  UserKnownHostsFile " + (place.temporary.path / "own").string()));
}

TEST_CASE("no option of ssh_config replaces the check of the host key") {
    const OverSsh place;
    const auto config = place.temporary.path / "ssh_config";
    const auto port = place.server["address"].substr(place.server["address"].rfind(':') + 1);
    const auto user = place.server["address"].substr(6, place.server["address"].find('@') - 6);
    auto access = place.ssh("ed25519", "other_known_hosts");
    access.ssh_config = config;
    access.url = "ssh://" + user + "@forge" + place.upstream.bare.string();
    for (const auto& line :
         {std::string{"VerifyHostKeyDNS yes"}, std::string{"StrictHostKeyChecking no"},
          "KnownHostsCommand /bin/cat " + place.server["known_hosts"],
          std::string{"NoHostAuthenticationForLocalhost yes"}}) {
        INFO(line);
        write_file(config, "Host *\n  HostName 127.0.0.1\n  Port " + port + "\n  " + line + "\n");
        check_about_host_key(error_of(place.fetch(access)));
    }
    // A shared connection was checked against other keys.
    const auto socket = (place.temporary.path / "control").string();
    const auto master = must(process::Child::spawn(
        {.argv = {"ssh", "-F", "/dev/null", "-N", "-M", "-S", socket, "-p", port, "-l", user, "-i",
                  place.server["keys/jump"], "-oBatchMode=yes",
                  "-oUserKnownHostsFile=" + place.server["known_hosts"], "127.0.0.1"}}));
    for (int waited = 0; waited < 2000 && !fs::exists(socket); ++waited)
        ::usleep(10'000);
    REQUIRE(fs::exists(socket));
    write_file(config,
               "Host *\n  HostName 127.0.0.1\n  Port " + port + "\n  ControlPath " + socket + "\n");
    check_about_host_key(error_of(place.fetch(access)));
}

TEST_CASE("the key that GitHub withdrew is revoked for every host") {
    const auto file = must(git::github_known_hosts());
    for (const std::string host : {"github.com", "[ssh.github.com]:443", "140.82.121.4", "forge"}) {
        INFO(host);
        const auto found = must(process::run(
            {.argv = {"ssh-keygen", "-F", host, "-f", file.string()}, .capture_output = true},
            Seconds{20}));
        CHECK_THAT(found.output, ContainsSubstring("REVOKED"));
    }
    const auto prints = must(process::run(
        {.argv = {"ssh-keygen", "-l", "-F", "forge", "-f", file.string()}, .capture_output = true},
        Seconds{20}));
    CHECK_THAT(prints.output,
               ContainsSubstring("SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8"));
    CHECK(prints.output.find("SHA256:+DiY3wvvV6TuJJhbpZisF") == std::string::npos);
}

TEST_CASE("GitHub's host keys are built in, for both of its ports") {
    // Opened from another process, as ssh does.
    const auto file = must(git::github_known_hosts());
    CHECK(file == must(git::github_known_hosts()));
    CHECK(fs::status(file).permissions() == fs::perms::owner_read);
    for (const std::string host : {"github.com", "[ssh.github.com]:443"}) {
        INFO(host);
        const auto found = process::run(
            {.argv = {"ssh-keygen", "-l", "-F", host, "-f", file.string()}, .capture_output = true},
            Seconds{20});
        REQUIRE(found);
        // In the order that GitHub publishes: ed25519, ecdsa, RSA.
        for (const auto* print : {"SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
                                  "SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM",
                                  "SHA256:uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s"})
            CHECK_THAT(found->output, ContainsSubstring(print));
    }
}

TEST_CASE(
    "a submodule is fetched over ssh with the app's key, even if no branch ends at its commit") {
    const OverSsh place;
    const Upstream library{place.temporary.path, "lib.git"};
    const auto pinned = library.publish("x", "1\n");
    (void)library.publish("x", "2\n");
    const auto& laptop = place.upstream.laptop;
    place.upstream.write(".gitmodules",
                         "[submodule \"lib\"]\n path = library\n url = ../lib.git\n");
    run_git(laptop, {"add", ".gitmodules"});
    run_git(laptop,
            {"update-index", "--add", "--cacheinfo", "160000," + pinned.hex() + ",library"});
    run_git(laptop, {"commit", "-q", "-m", "a library"});
    place.upstream.push();
    auto access = place.ssh();
    access.submodule_url = [](std::string_view url) { return std::string{url}; };
    const auto checkout = git::repository(place.directory, main_branch, access);
    must(checkout->open());
    const auto commit = must(checkout->fetch(no_progress, std::nullopt));
    must(checkout->fetch_submodules(commit, no_progress));
    must(checkout->switch_to(commit));
    CHECK(content_of(place.directory / "library/x") == "1\n");
    CHECK(must(checkout->compare(commit)).tree_is_target);
    // The commit is here now, and is not requested again.
    write_file(place.server["commands"], "");
    must(checkout->fetch_submodules(commit, no_progress));
    CHECK(content_of(place.server["commands"]) == "");
}
