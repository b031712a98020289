// SPDX-License-Identifier: Apache-2.0
#include "ssh_command.hpp"

#include <array>

#include <fcntl.h>
#include <fmt/format.h>

#include <inhaul/github_com.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::git {
namespace {

namespace fs = std::filesystem;

constexpr Seconds longest_look_up{10};

/// Quotes a word for the remote shell, as git does.
std::string shell_quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text)
        quoted += c == '\'' || c == '!' ? fmt::format("'\\{}'", c) : std::string{c};
    return quoted + "'";
}

/// Escapes % in a path of an ssh option, where it begins a token.
std::string without_tokens(std::string_view text) {
    std::string plain;
    for (const char c : text)
        plain += c == '%' ? std::string{"%%"} : std::string{c};
    return plain;
}

/// The same, as one word of an option that takes several.
std::string option_quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : without_tokens(text)) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "\"";
}

void add_option(std::vector<std::string>& words, std::string option) {
    words.emplace_back("-o");
    words.push_back(std::move(option));
}

/// Returns the host name that the configured ssh_config sets for the URL's host.
std::string real_name(const Access& access, const std::string& host) {
    auto words = real_host_command(access);
    if (!words) return host;
    const auto settings =
        process::run({.argv = std::move(*words), .capture_output = true}, longest_look_up);
    return settings ? real_host_in(settings->output, access) : host;
}

/// Overrides options with which an ssh_config could add trusted keys or replace the check.
void add_host_keys(std::vector<std::string>& words, const Access& access, const fs::path& host_keys,
                   bool to_github) {
    for (const auto* option : {"StrictHostKeyChecking=yes", "UpdateHostKeys=no",
                               "VerifyHostKeyDNS=no", "NoHostAuthenticationForLocalhost=no",
                               // A shared connection was not checked here.
                               "ControlMaster=no", "ControlPath=none"})
        add_option(words, option);
    if (access.known_hosts) {
        add_option(words, "UserKnownHostsFile=" + option_quoted(access.known_hosts->string()));
        add_option(words, "KnownHostsCommand=none");
    } else if (to_github) {
        // Only the built-in keys: the account's file may still contain the withdrawn one. The alias
        // finds them under any name, address or port of the host.
        add_option(words, "UserKnownHostsFile=/dev/null");
        add_option(words, "KnownHostsCommand=none");
        add_option(words, "HostKeyAlias=github.com");
    }
    add_option(words, "GlobalKnownHostsFile=" + host_keys.string());
}

/// ssh takes whole seconds.
std::int64_t whole_seconds(Milliseconds duration) {
    return std::max<std::int64_t>(1, std::chrono::ceil<Seconds>(duration).count());
}

/// The options that a session which stays open has before the others: of each, ssh takes the first.
constexpr std::array kept_options{
    // The server speaks version 2 of git's protocol only when asked.
    "SendEnv=GIT_PROTOCOL",
    // Longer than the usual interval of polls, which find a dead connection by themselves. Where
    // polls are rarer, it keeps the connection in the tables of a NAT.
    "ServerAliveInterval=75"};

struct SshOptions {
    const fs::path& host_keys;
    bool to_github;
    bool kept;
};

std::vector<std::string> command_for(const Access& access, const SshDestination& to,
                                     const SshOptions& wanted) {
    const auto config = access.ssh_config ? access.ssh_config->string() : "/dev/null";
    std::vector<std::string> words{"ssh", "-F", config, "-T", "-x"};
    if (wanted.kept)
        for (const auto* option : kept_options)
            add_option(words, option);
    // In batch mode ssh does not ask for a passphrase.
    add_option(words, access.passphrase_file ? "BatchMode=no" : "BatchMode=yes");
    for (const auto* option :
         {"NumberOfPasswordPrompts=1", "PreferredAuthentications=publickey",
          "ServerAliveInterval=15", "ServerAliveCountMax=3", "ForwardAgent=no",
          "ClearAllForwardings=yes", "PermitLocalCommand=no", "LogLevel=ERROR"})
        add_option(words, option);
    add_option(words, fmt::format("ConnectTimeout={}", whole_seconds(access.timeouts.connect)));
    add_host_keys(words, access, wanted.host_keys, wanted.to_github);
    if (access.ssh_key) {
        add_option(words, "IdentitiesOnly=yes");
        words.insert(words.end(), {"-i", without_tokens(access.ssh_key->string())});
    }
    if (!to.port.empty()) words.insert(words.end(), {"-p", to.port});
    if (!to.user.empty()) words.insert(words.end(), {"-l", to.user});
    words.insert(words.end(), {"--", to.host, "git-upload-pack " + shell_quoted(to.path)});
    return words;
}

}  // namespace

bool is_github(std::string_view name) {
    auto host = lower_case(name);
    if (host.ends_with('.')) host.pop_back();
    return github_com::serves(host);
}

bool is_github_server(const Access& access, const SshDestination& to) {
    return is_github(to.host) || (access.ssh_config && is_github(real_name(access, to.host)));
}

Result<std::vector<std::string>> real_host_command(const Access& access) {
    const auto to = TRY(ssh_destination(access.url));
    const auto config = access.ssh_config ? access.ssh_config->string() : "/dev/null";
    std::vector<std::string> words{"ssh", "-G", "-F", config};
    if (!to.port.empty()) words.insert(words.end(), {"-p", to.port});
    if (!to.user.empty()) words.insert(words.end(), {"-l", to.user});
    words.insert(words.end(), {"--", to.host});
    return words;
}

std::string real_host_in(std::string_view output, const Access& access) {
    constexpr std::string_view key{"hostname "};
    for (const auto line : lines_of(output))
        if (line.starts_with(key)) return std::string{trimmed(line.substr(key.size()))};
    const auto to = ssh_destination(access.url);
    return to ? to->host : std::string{};
}

Result<std::vector<std::string>> ssh_command(const Access& access) {
    const auto to = TRY(ssh_destination(access.url));
    const auto host_keys = TRY(github_known_hosts());
    const bool to_github = !access.known_hosts && is_github_server(access, to);
    return command_for(access, to, {host_keys, to_github, false});
}

Result<std::vector<std::string>> kept_ssh_command(const Access& access, const fs::path& host_keys,
                                                  const std::string& real_host) {
    const auto to = TRY(ssh_destination(access.url));
    return command_for(access, to, {host_keys, is_github(to.host) || is_github(real_host), true});
}

std::vector<std::pair<std::string, std::string>> ssh_environment(const Access& access) {
    if (!access.passphrase_file) return {{"SSH_ASKPASS_REQUIRE", "never"}};
    const auto own = process::own_executable();
    if (!own) return {{"SSH_ASKPASS_REQUIRE", "never"}};
    return {{"SSH_ASKPASS_REQUIRE", "force"},
            {"SSH_ASKPASS", own->string()},
            {passphrase_variable, access.passphrase_file->string()}};
}

Result<process::Child> start_ssh(std::vector<std::string> command,
                                 std::vector<std::pair<std::string, std::string>> environment) {
    auto ssh = process::Child::spawn({.argv = std::move(command),
                                      .environment = std::move(environment),
                                      .capture_stdout = true,
                                      .capture_stderr = true,
                                      .pipe_input = true});
    if (!ssh) {
        if (ssh.error().code == ErrorCode::not_found)
            ssh.error().hint = "Run: sudo apt install openssh-client";
        return ssh;
    }
    // A server that does not read must not block this process.
    ::fcntl(ssh->input(), F_SETFL, O_NONBLOCK);
    return ssh;
}

}  // namespace inhaul::git
