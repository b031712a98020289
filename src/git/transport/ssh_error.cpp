#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "ssh_command.hpp"

namespace inhaul::git {
namespace {

bool says(std::string_view text, std::string_view words) {
    return text.find(words) != std::string_view::npos;
}

/// All of it on one line, without the frames that ssh draws round its warnings.
std::string as_one_line(std::string_view said) {
    std::string line;
    while (!said.empty()) {
        const auto end = std::min(said.find('\n'), said.size());
        const auto words = trimmed(said.substr(0, end));
        said.remove_prefix(std::min(end + 1, said.size()));
        if (words.empty() || words.starts_with('@')) continue;
        if (!line.empty()) line += "; ";
        line += words;
    }
    return line.empty() ? "the connection ended without a word" : printable(line);
}

std::string known_hosts_file(const Access& access) {
    return access.known_hosts ? access.known_hosts->string() : "~/.ssh/known_hosts";
}

/// The command that shows a host's key as the fingerprint that its owner publishes.
std::string fingerprint_command(const std::string& url) {
    const auto to = ssh_destination(url);
    if (!to) return "ssh-keyscan HOST | ssh-keygen -lf -";
    const auto port = to->port.empty() ? std::string{} : fmt::format(" -p {}", to->port);
    return fmt::format("ssh-keyscan{} {} | ssh-keygen -lf -", port, to->host);
}

bool reaches_github(const Access& access) {
    const auto to = ssh_destination(access.url);
    return to && is_github_server(access, *to);
}

Error host_key_error(const Access& access, std::string_view said) {
    const auto refused = [&](std::string_view what, std::string hint) {
        return Error{ErrorCode::authentication,
                     fmt::format("ssh to {}: the host's key {}", access.url, what),
                     std::move(hint)};
    };
    const auto file = known_hosts_file(access);
    if (!access.known_hosts && reaches_github(access) && !says(said, "REVOKED"))
        return refused("is not one of GitHub's",
                       fmt::format("Somebody may be in between. If the fingerprint that `{}` shows "
                                   "is one that GitHub publishes, name a file with that key: "
                                   "auth.known_hosts.",
                                   fingerprint_command(access.url)));
    const auto command = fingerprint_command(access.url);
    if (says(said, "REVOKED"))
        return refused("is marked as revoked",
                       fmt::format("Nothing that it signs can be trusted. Ask the host's owner for "
                                   "the fingerprint of the new one, and see known_hosts ({}).",
                                   file));
    if (says(said, "HAS CHANGED"))
        return refused("is not the one that is known",
                       fmt::format("Somebody may be in between. Compare the fingerprint that `{}` "
                                   "shows with the one that the host's owner publishes before you "
                                   "change known_hosts ({}).",
                                   command, file));
    return refused("is not known",
                   fmt::format("Compare the fingerprint that `{}` shows with the one that the "
                               "host's owner publishes, then add the key to known_hosts ({}).",
                               command, file));
}

bool is_about_host_key(std::string_view said) {
    return says(said, "Host key verification failed") || says(said, "REVOKED HOST KEY") ||
           says(said, "HOST IDENTIFICATION HAS CHANGED") || says(said, "host key is known for");
}

bool is_about_missing(std::string_view said) {
    return says(said, "Repository not found") || says(said, "could not be found") ||
           says(said, "does not appear to be a git repository");
}

bool is_about_time(std::string_view said) {
    return says(said, "timed out") || says(said, "Timeout, server");
}

}  // namespace

Error ssh_error(const Access& access, const std::string& said) {
    if (is_about_host_key(said)) return host_key_error(access, said);
    auto message = fmt::format("ssh to {}: {}", access.url, as_one_line(said));
    if (says(said, "Permission denied") && access.passphrase_file)
        return {ErrorCode::authentication, std::move(message),
                fmt::format("Does {} hold the passphrase of {}, and is that a deploy key of this "
                            "repository?",
                            access.passphrase_file->string(), access.ssh_key->string())};
    if (says(said, "Permission denied"))
        return {ErrorCode::authentication, std::move(message),
                access.ssh_key ? fmt::format("Is {}.pub a deploy key of this repository?",
                                             access.ssh_key->string())
                               : "Name a deploy key of this repository: auth.ssh_key."};
    if (is_about_missing(said))
        return {ErrorCode::not_found, std::move(message),
                "No such repository there, or this key may not see it."};
    if (says(said, "command not found") || says(said, "unrecognized command"))
        return {ErrorCode::protocol, std::move(message), "Is git installed on that host?"};
    if (says(said, "Could not resolve hostname") && !access.ssh_config)
        return {ErrorCode::network, std::move(message),
                "If the host is an alias in ~/.ssh/config, name that file: auth.ssh_config.", true};
    const auto code = is_about_time(said) ? ErrorCode::timeout : ErrorCode::network;
    return {code, std::move(message), {}, true};
}

}  // namespace inhaul::git
