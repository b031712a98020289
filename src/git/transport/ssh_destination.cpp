// SPDX-License-Identifier: Apache-2.0
#include "ssh_destination.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

namespace inhaul::git {
namespace {

bool is_user(std::string_view text) {
    return !text.empty() && text.front() != '-' && is_alphanumeric(text, "._-@+");
}

bool is_path(std::string_view text) {
    return !text.empty() && text != "/" && text.front() != '-' &&
           std::none_of(text.begin(), text.end(), is_control);
}

}  // namespace

Result<SshDestination> ssh_destination(const std::string& text) {
    const auto wrong = [&](std::string_view why) {
        return fail(ErrorCode::configuration, fmt::format("{}: {}", printable(text), why),
                    "Use ssh://USER@HOST/PATH or ssh://USER@HOST:PORT/PATH.");
    };
    const auto url = Url::split(text);
    if (!url || url->scheme != "ssh" || url->path.empty()) return wrong("not an ssh URL");
    // Git knows no query: a question mark is a part of the path.
    const auto path = percent_decoded(url->rest());
    if (!path) return wrong("invalid percent-encoding in the path");
    const auto fault = url->fault();
    if (fault == UrlFault::user) return wrong("invalid user name");
    if (fault == UrlFault::host) return wrong("invalid host name");
    if (fault == UrlFault::port) return wrong("invalid port");
    if (fault) return wrong("not an ssh URL");
    SshDestination to{.user = percent_decoded(url->user.value_or("")).value_or(""),
                      .host = url->bare_host(),
                      .port = url->port.value_or(""),
                      .path = *path};
    if (url->user && !is_user(to.user)) return wrong("invalid user name");
    // As in git, /~ada/x is x in Ada's home. ssh starts in the account's own home, so its paths are
    // relative, as git sends them for host:path. Forges do not know the tilde.
    if (to.path.starts_with("/~")) to.path.erase(0, 1);
    if (to.path.starts_with("~/")) to.path.erase(0, 2);
    if (!is_path(to.path)) return wrong("invalid path");
    return to;
}

}  // namespace inhaul::git
