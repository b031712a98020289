#include "ssh_command.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/process.hpp>

namespace inhaul::git {
namespace {

/// For the shell on the other side, as git quotes it.
std::string shell_quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text)
        quoted += c == '\'' || c == '!' ? fmt::format("'\\{}'", c) : std::string{c};
    return quoted + "'";
}

/// A path in one of ssh's options, where % begins a token.
std::string without_tokens(std::string_view text) {
    std::string plain;
    for (const char c : text)
        plain += c == '%' ? std::string{"%%"} : std::string{c};
    return plain;
}

/// The same as one word of an option that may have several.
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

Result<void> add_host_keys(std::vector<std::string>& words, const Access& access,
                           const std::string& host) {
    // Without one ssh reads the account's own, as a person expects.
    if (access.known_hosts)
        add_option(words, "UserKnownHostsFile=" + option_quoted(access.known_hosts->string()));
    const bool github = host == "github.com" || host == "ssh.github.com";
    const auto built_in = github ? TRY(github_known_hosts()).string() : std::string{"/dev/null"};
    add_option(words, "GlobalKnownHostsFile=" + built_in);
    return {};
}

/// ssh counts in whole seconds.
std::int64_t whole_seconds(Milliseconds duration) {
    return std::max<std::int64_t>(1, std::chrono::ceil<Seconds>(duration).count());
}

}  // namespace

Result<std::vector<std::string>> ssh_command(const Access& access) {
    const auto to = TRY(ssh_destination(access.url));
    const auto config = access.ssh_config ? access.ssh_config->string() : "/dev/null";
    std::vector<std::string> words{"ssh", "-F", config, "-T", "-x"};
    // In batch mode it would not ask for a passphrase either.
    add_option(words, access.passphrase_file ? "BatchMode=no" : "BatchMode=yes");
    for (const auto* option :
         {"NumberOfPasswordPrompts=1", "StrictHostKeyChecking=yes", "UpdateHostKeys=no",
          "PreferredAuthentications=publickey", "ServerAliveInterval=15", "ServerAliveCountMax=3",
          "ForwardAgent=no", "ClearAllForwardings=yes", "PermitLocalCommand=no", "LogLevel=ERROR"})
        add_option(words, option);
    add_option(words, fmt::format("ConnectTimeout={}", whole_seconds(access.limits.connect)));
    TRY(add_host_keys(words, access, to.host));
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
