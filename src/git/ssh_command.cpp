#include "ssh_command.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::git {
namespace {

struct Destination {
    std::string user_and_host;
    std::string host;
    std::string port;
    std::string path;
};

bool is_plain(std::string_view text) {
    return !text.empty() && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view{"._-:[]@"}.find(c) != std::string_view::npos;
           });
}

Result<Destination> destination_of(const std::string& url) {
    constexpr std::string_view scheme{"ssh://"};
    const auto slash = url.find('/', scheme.size());
    if (!url.starts_with(scheme) || slash == std::string::npos)
        return fail(ErrorCode::configuration, fmt::format("{} is no ssh URL", printable(url)));
    Destination found;
    found.user_and_host = url.substr(scheme.size(), slash - scheme.size());
    found.path = url.substr(slash);
    const auto colon = found.user_and_host.rfind(':');
    if (colon != std::string::npos && found.user_and_host.find(']', colon) == std::string::npos) {
        found.port = found.user_and_host.substr(colon + 1);
        found.user_and_host.resize(colon);
    }
    found.host = found.user_and_host.substr(found.user_and_host.rfind('@') + 1);
    // ssh takes an IPv6 address without its brackets.
    std::erase(found.host, '[');
    std::erase(found.host, ']');
    std::erase(found.user_and_host, '[');
    std::erase(found.user_and_host, ']');
    const bool path_is_text = std::none_of(found.path.begin(), found.path.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20;
    });
    if (is_plain(found.user_and_host) && is_plain(found.host) && path_is_text) return found;
    return fail(ErrorCode::configuration, fmt::format("{} is no ssh URL", printable(url)));
}

/// For the shell on the other side, as git quotes it.
std::string shell_quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text)
        quoted += c == '\'' || c == '!' ? fmt::format("'\\{}'", c) : std::string{c};
    return quoted + "'";
}

std::string config_quoted(std::string_view text) {
    return fmt::format("\"{}\"", text);
}

void add_option(std::vector<std::string>& words, std::string option) {
    words.emplace_back("-o");
    words.push_back(std::move(option));
}

Result<void> add_host_keys(std::vector<std::string>& words, const Access& access,
                           const std::string& host) {
    if (access.known_hosts)
        add_option(words, "UserKnownHostsFile=" + config_quoted(access.known_hosts->string()));
    if (host != "github.com" && host != "ssh.github.com") return {};
    // GitHub's keys come from this program itself: no file that could be missing or changed.
    const auto own = TRY(process::own_executable());
    add_option(words, fmt::format("KnownHostsCommand={} known-hosts", config_quoted(own.string())));
    return {};
}

bool says(const std::string& text, std::string_view words) {
    return text.find(words) != std::string::npos;
}

std::string last_line(std::string_view text) {
    text = trimmed(text);
    return printable(trimmed(text.substr(text.rfind('\n') + 1)));
}

}  // namespace

Result<std::vector<std::string>> ssh_command(const Access& access) {
    const auto to = TRY(destination_of(access.url));
    std::vector<std::string> words{"ssh", "-F", "/dev/null", "-T", "-x"};
    for (const auto* option :
         {"BatchMode=yes", "StrictHostKeyChecking=yes", "GlobalKnownHostsFile=/dev/null",
          "UpdateHostKeys=no", "ConnectTimeout=20", "ServerAliveInterval=15",
          "ServerAliveCountMax=3", "ForwardAgent=no", "ClearAllForwardings=yes",
          "PermitLocalCommand=no", "LogLevel=ERROR"})
        add_option(words, option);
    TRY(add_host_keys(words, access, to.host));
    if (access.ssh_key) {
        add_option(words, "IdentitiesOnly=yes");
        words.insert(words.end(), {"-i", access.ssh_key->string()});
    }
    if (!to.port.empty()) words.insert(words.end(), {"-p", to.port});
    words.insert(words.end(), {"--", to.user_and_host, "git-upload-pack " + shell_quoted(to.path)});
    return words;
}

Error ssh_error(const Access& access, const std::string& said) {
    const auto reason = said.empty() ? "the connection ended without a word" : last_line(said);
    auto message = fmt::format("ssh to {}: {}", access.url, reason);
    if (says(said, "HAS CHANGED") || says(said, "host key is known"))
        return {
            ErrorCode::authentication,
            fmt::format("ssh to {}: the host's key is not the one that is known", access.url),
            "Somebody may be in between. Compare its fingerprint with the published one before you "
            "change the known hosts (auth.known_hosts, ~/.ssh/known_hosts)."};
    if (says(said, "verification failed") || says(said, "No matching host key"))
        return {ErrorCode::authentication,
                fmt::format("ssh to {}: the host's key is not known", access.url),
                "Check its fingerprint, then add it to the file named by auth.known_hosts, or to "
                "~/.ssh/known_hosts (ssh-keyscan -p PORT HOST)."};
    if (says(said, "Permission denied"))
        return {ErrorCode::authentication, std::move(message),
                "Is the public half of auth.ssh_key a deploy key of this repository?"};
    if (says(said, "not found") || says(said, "does not appear to be a git repository"))
        return {ErrorCode::not_found, std::move(message),
                "No such repository there, or this key may not see it."};
    return {ErrorCode::network, std::move(message), {}, true};
}

}  // namespace inhaul::git
