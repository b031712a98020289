// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "ssh_command.hpp"

namespace inhaul::git {
namespace {

/// Faults that ssh or the remote git reports, in the order of their importance.
enum class SshFault {
    other,
    timed_out,
    unknown_host,
    no_git,
    no_repository,
    key_refused,
    host_key_unknown,
    host_key_changed,
    host_key_revoked,
};

/// A line of ssh or git: its beginning, a part and its end.
struct Phrase {
    SshFault fault;
    std::string_view begin = {};
    std::string_view part = {};
    std::string_view end = {};
};

/// ssh and git report only text. A line is recognised by its beginning and end. A path, a host or a
/// branch in it may have any name. The first phrase of a line decides.
constexpr std::array phrases{
    Phrase{SshFault::host_key_revoked, "WARNING: REVOKED HOST KEY"},
    Phrase{.fault = SshFault::host_key_revoked, .end = "is marked as revoked."},
    Phrase{.fault = SshFault::host_key_revoked,
           .end = "was revoked and you have requested strict checking."},
    Phrase{SshFault::host_key_changed, "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED"},
    Phrase{SshFault::host_key_unknown, "Host key verification failed"},
    Phrase{SshFault::host_key_unknown, "No ", " host key is known for "},
    Phrase{SshFault::key_refused, "Permission denied"},
    Phrase{.fault = SshFault::key_refused, .end = ": Permission denied"},
    Phrase{.fault = SshFault::key_refused, .part = ": Permission denied (", .end = ")."},
    Phrase{SshFault::no_repository, "ERROR: Repository not found"},
    Phrase{SshFault::no_repository, "Repository not found"},
    Phrase{SshFault::no_repository, "ERROR: ", " could not be found"},
    Phrase{.fault = SshFault::no_repository, .end = "could not be found"},
    Phrase{.fault = SshFault::no_repository, .end = "could not be found."},
    Phrase{.fault = SshFault::no_repository, .end = "' does not appear to be a git repository"},
    Phrase{.fault = SshFault::no_git, .end = "command not found"},
    Phrase{.fault = SshFault::no_git, .end = "git-upload-pack: not found"},
    Phrase{SshFault::no_git, "fatal: unrecognized command"},
    Phrase{SshFault::unknown_host, "ssh: Could not resolve hostname "},
    Phrase{.fault = SshFault::timed_out, .end = "timed out"},
    Phrase{SshFault::timed_out, "Connection timed out"},
    Phrase{SshFault::timed_out, "Timeout, server "},
};

SshFault fault_of_line(std::string_view line) {
    if (line.starts_with("remote: ")) line.remove_prefix(8);
    for (const auto& phrase : phrases)
        if (line.starts_with(phrase.begin) && line.ends_with(phrase.end) &&
            line.find(phrase.part) != std::string_view::npos)
            return phrase.fault;
    return SshFault::other;
}

struct SshOutput {
    std::string line;  ///< the output on one line, without the frames around ssh's warnings
    SshFault fault = SshFault::other;
};

SshOutput classify_output(std::string_view text) {
    constexpr std::string_view frame{"@ \t\r"};
    SshOutput output;
    for (const auto line : lines_of(text)) {
        auto words = trimmed(line);
        const bool framed = words.starts_with('@');
        if (framed) {
            words.remove_prefix(std::min(words.find_first_not_of(frame), words.size()));
            words = words.substr(0, words.find_last_not_of(frame) + 1);
        }
        output.fault = std::max(output.fault, fault_of_line(words));
        if (framed || words.empty()) continue;
        if (!output.line.empty()) output.line += "; ";
        output.line += words;
    }
    output.line =
        output.line.empty() ? "the connection ended without a message" : printable(output.line);
    return output;
}

std::string known_hosts_file(const Access& access) {
    return access.known_hosts ? access.known_hosts->string() : "~/.ssh/known_hosts";
}

/// Returns the command that shows the fingerprint of a host's key.
std::string fingerprint_command(const std::string& url) {
    const auto to = ssh_destination(url);
    if (!to) return "ssh-keyscan HOST | ssh-keygen -lf -";
    const auto port = to->port.empty() ? std::string{} : fmt::format(" -p {}", to->port);
    return fmt::format("ssh-keyscan{} {} | ssh-keygen -lf -", port, to->host);
}

bool reaches_github(const Access& access, const std::optional<std::string>& real_host) {
    const auto to = ssh_destination(access.url);
    if (!to || !real_host) return to && is_github_server(access, *to);
    return is_github(to->host) || is_github(*real_host);
}

Error host_key_error(const Access& access, SshFault fault,
                     const std::optional<std::string>& real_host) {
    const auto refused = [&](std::string_view what, std::string hint) {
        return Error{ErrorCode::authentication, fmt::format("the host's key {}", what),
                     std::move(hint), false, ErrorReason::untrusted_host_key};
    };
    const auto file = known_hosts_file(access);
    if (!access.known_hosts && fault != SshFault::host_key_revoked &&
        reaches_github(access, real_host))
        return refused(
            "is not one of GitHub's",
            fmt::format(
                "This may be an attack. Compare the fingerprint with those that GitHub publishes: "
                "{}\nIf GitHub has published it, set auth.known_hosts to a file with this key.",
                fingerprint_command(access.url)));
    const auto command = fingerprint_command(access.url);
    if (fault == SshFault::host_key_revoked)
        return refused(
            "is revoked",
            fmt::format("Do not trust this key. Ask the host's owner for the "
                        "fingerprint of the new key. Then correct the known_hosts file {}.",
                        file));
    if (fault == SshFault::host_key_changed)
        return refused(
            "has changed",
            fmt::format(
                "This may be an attack. Ask the host's owner for the fingerprint of the key. "
                "Compare it with: {}\nIf both are equal, replace the key in the known_hosts file "
                "{}.",
                command, file));
    return refused(
        "is unknown",
        fmt::format("Ask the host's owner for the fingerprint of the key. Compare it "
                    "with: {}\nIf both are equal, add the key to the known_hosts file {}.",
                    command, file));
}

std::string hint_for_key(const Access& access) {
    if (!access.ssh_key) return "Set auth.ssh_key to a deploy key of this repository.";
    if (access.passphrase_file)
        return fmt::format(
            "Check that {} contains the passphrase of {}, and that the key is a deploy key of this "
            "repository.",
            access.passphrase_file->string(), access.ssh_key->string());
    return fmt::format("Add {}.pub as a deploy key of this repository.", access.ssh_key->string());
}

Error cause_of(const Access& access, const std::string& output,
               const std::optional<std::string>& real_host) {
    auto [message, fault] = classify_output(output);
    switch (fault) {
        case SshFault::host_key_revoked:
        case SshFault::host_key_changed:
        case SshFault::host_key_unknown:
            return host_key_error(access, fault, real_host);
        case SshFault::key_refused:
            return {ErrorCode::authentication, std::move(message), hint_for_key(access), false,
                    ErrorReason::key_refused};
        case SshFault::no_repository:
            return {ErrorCode::not_found, std::move(message),
                    "Check the URL, and that the key is a deploy key of this repository."};
        case SshFault::no_git:
            return {ErrorCode::protocol, std::move(message), "Install git on that host."};
        case SshFault::unknown_host:
            return {
                ErrorCode::network, std::move(message),
                access.ssh_config
                    ? ""
                    : "If the host is an alias in ~/.ssh/config, set auth.ssh_config to that file.",
                true, ErrorReason::unknown_host};
        case SshFault::timed_out:
            return {ErrorCode::timeout, std::move(message), {}, true};
        case SshFault::other:
            break;
    }
    return {ErrorCode::network, std::move(message), {}, true};
}

}  // namespace

Error ssh_error(const Access& access, const std::string& output,
                const std::optional<std::string>& real_host) {
    return cause_of(access, output, real_host).within("ssh to " + access.url);
}

}  // namespace inhaul::git
