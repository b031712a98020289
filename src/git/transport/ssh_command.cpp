// SPDX-License-Identifier: Apache-2.0
#include "ssh_command.hpp"

#include <fmt/format.h>

#include <inhaul/util/process.hpp>
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

bool is_github(std::string_view name) {
    auto host = lower_case(name);
    if (host.ends_with('.')) host.pop_back();
    return host == "github.com" || host == "ssh.github.com";
}

/// Returns the host name that the configured ssh_config sets for the URL's host.
std::string real_name(const fs::path& config, const SshDestination& to) {
    std::vector<std::string> words{"ssh", "-G", "-F", config.string()};
    if (!to.port.empty()) words.insert(words.end(), {"-p", to.port});
    if (!to.user.empty()) words.insert(words.end(), {"-l", to.user});
    words.insert(words.end(), {"--", to.host});
    const auto told =
        process::run({.argv = std::move(words), .capture_output = true}, longest_look_up);
    constexpr std::string_view key{"hostname "};
    if (!told) return to.host;
    for (const auto line : lines_of(told->output))
        if (line.starts_with(key)) return std::string{trimmed(line.substr(key.size()))};
    return to.host;
}

/// Overrides options with which an ssh_config could add trusted keys or replace the check.
Result<void> add_host_keys(std::vector<std::string>& words, const Access& access,
                           const SshDestination& to) {
    for (const auto* option : {"StrictHostKeyChecking=yes", "UpdateHostKeys=no",
                               "VerifyHostKeyDNS=no", "NoHostAuthenticationForLocalhost=no",
                               // A shared connection was not checked here.
                               "ControlMaster=no", "ControlPath=none"})
        add_option(words, option);
    if (access.known_hosts) {
        add_option(words, "UserKnownHostsFile=" + option_quoted(access.known_hosts->string()));
        add_option(words, "KnownHostsCommand=none");
    } else if (is_github_server(access, to)) {
        // Only the built-in keys: the account's file may still contain the withdrawn one. The alias
        // finds them under any name, address or port of the host.
        add_option(words, "UserKnownHostsFile=/dev/null");
        add_option(words, "KnownHostsCommand=none");
        add_option(words, "HostKeyAlias=github.com");
    }
    add_option(words, "GlobalKnownHostsFile=" + TRY(github_known_hosts()).string());
    return {};
}

/// ssh takes whole seconds.
std::int64_t whole_seconds(Milliseconds duration) {
    return std::max<std::int64_t>(1, std::chrono::ceil<Seconds>(duration).count());
}

}  // namespace

bool is_github_server(const Access& access, const SshDestination& to) {
    return is_github(to.host) ||
           (access.ssh_config && is_github(real_name(*access.ssh_config, to)));
}

Result<std::vector<std::string>> ssh_command(const Access& access) {
    const auto to = TRY(ssh_destination(access.url));
    const auto config = access.ssh_config ? access.ssh_config->string() : "/dev/null";
    std::vector<std::string> words{"ssh", "-F", config, "-T", "-x"};
    // In batch mode ssh does not ask for a passphrase.
    add_option(words, access.passphrase_file ? "BatchMode=no" : "BatchMode=yes");
    for (const auto* option :
         {"NumberOfPasswordPrompts=1", "PreferredAuthentications=publickey",
          "ServerAliveInterval=15", "ServerAliveCountMax=3", "ForwardAgent=no",
          "ClearAllForwardings=yes", "PermitLocalCommand=no", "LogLevel=ERROR"})
        add_option(words, option);
    add_option(words, fmt::format("ConnectTimeout={}", whole_seconds(access.limits.connect)));
    TRY(add_host_keys(words, access, to));
    if (access.ssh_key) {
        add_option(words, "IdentitiesOnly=yes");
        words.insert(words.end(), {"-i", without_tokens(access.ssh_key->string())});
    }
    if (!to.port.empty()) words.insert(words.end(), {"-p", to.port});
    if (!to.user.empty()) words.insert(words.end(), {"-l", to.user});
    words.insert(words.end(), {"--", to.host, "git-upload-pack " + shell_quoted(to.path)});
    return words;
}

std::vector<std::pair<std::string, std::string>> ssh_environment(const Access& access) {
    if (!access.passphrase_file) return {{"SSH_ASKPASS_REQUIRE", "never"}};
    const auto own = process::own_executable();
    if (!own) return {{"SSH_ASKPASS_REQUIRE", "never"}};
    return {{"SSH_ASKPASS_REQUIRE", "force"},
            {"SSH_ASKPASS", own->string()},
            {passphrase_variable, access.passphrase_file->string()}};
}

}  // namespace inhaul::git
