// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <config/remote_url.hpp>
#include <git/transport/ssh_command.hpp>
#include <git/transport/ssh_destination.hpp>

#include "fuzzing.hpp"

// The input is a repository's URL from a user or a .gitmodules. Below it are ssh's messages, or the
// options that ssh prints.

using namespace inhaul;

namespace {

/// Unquotes one word with '…' and \C as a POSIX shell does. Returns nothing for anything else.
std::optional<std::string> as_one_word(std::string_view quoted) {
    std::string word;
    while (!quoted.empty()) {
        const auto c = quoted.front();
        quoted.remove_prefix(1);
        if (c == '\\') {
            if (quoted.empty()) return std::nullopt;
            word += quoted.front();
            quoted.remove_prefix(1);
        } else if (c == '\'') {
            if (quoted.find('\'') == std::string_view::npos) return std::nullopt;
            word += fuzz::take_until(quoted, '\'');
        } else {
            return std::nullopt;
        }
    }
    return word;
}

void check_destination(const std::string& url) {
    const auto to = git::ssh_destination(url);
    const git::Access access{.url = url};
    const auto words = git::ssh_command(access);
    fuzz::require(to.has_value() == words.has_value(), "ssh runs only for a valid URL");
    if (!to) return fuzz::require_readable(to.error());
    fuzz::require(!to->host.empty() && to->host.front() != '-', "a host is not an option");
    fuzz::require(to->user.empty() || to->user.front() != '-', "a user is not an option");
    fuzz::require(!to->path.empty() && to->path.front() != '-', "a path is not an option");
    fuzz::require(!fuzz::has_control_character(to->host + to->user + to->port + to->path),
                  "no part has a control character");
    const auto end = std::find(words->begin(), words->end(), "--");
    fuzz::require(words->end() - end == 3 && end[1] == to->host, "the host follows the options");
    constexpr std::string_view program{"git-upload-pack "};
    fuzz::require(end[2].starts_with(program) &&
                      as_one_word(std::string_view{end[2]}.substr(program.size())) == to->path,
                  "the remote shell gets the path as one word");
}

void check_repository(std::string_view written) {
    for (const bool over_ssh : {false, true}) {
        const auto found = config::locate(written, config::GitHubServer::of_github_com(), over_ssh);
        if (!found) {
            fuzz::require_readable(found.error());
            continue;
        }
        const auto& url = found->git_url;
        fuzz::require(!url.empty() && !fuzz::has_control_character(url) && url.front() != '-',
                      "a URL for git is clean and not an option");
        fuzz::require(url.starts_with('/') || url.starts_with("https://") ||
                          url.starts_with("http://") || url.starts_with("ssh://") ||
                          url.starts_with("file://"),
                      "a URL for git has one of the known forms");
        if (url.starts_with("ssh://")) check_destination(url);
    }
}

void check_real_host(const git::Access& access, std::string_view options) {
    const auto host = git::real_host_in(options, access);
    fuzz::require(host.find('\n') == std::string::npos, "a host name is on one line");
    fuzz::require(options.find("hostname ") != std::string_view::npos || host == "example.com",
                  "without an option the host is that of the URL");
    const auto words = git::kept_ssh_command(access, "/host-keys", host);
    fuzz::require(words.has_value(), "ssh runs for a valid URL");
    const auto has_alias = std::find(words->begin(), words->end(), "HostKeyAlias=github.com");
    fuzz::require(git::is_github(host) == (has_alias != words->end()),
                  "only GitHub's built-in keys are trusted for GitHub");
    fuzz::require_readable(git::ssh_error(access, std::string{options}, host));
}

}  // namespace

void fuzz::run(std::string_view input) {
    const std::string url{take_line(input)};
    check_destination(url);
    check_destination("ssh://" + url);
    check_repository(url);
    const git::Access access{.url = "ssh://git@example.com/a/b.git"};
    require_readable(git::ssh_error(access, std::string{input}));
    check_real_host(access, input);
}
