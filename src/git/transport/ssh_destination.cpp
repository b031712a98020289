#include "ssh_destination.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

namespace inhaul::git {
namespace {

constexpr std::string_view scheme{"ssh://"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_word(std::string_view text, std::string_view more) {
    return !text.empty() && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
                      more.find(c) != std::string_view::npos;
           });
}

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit) &&
           std::stoi(std::string{text}) > 0 && std::stoi(std::string{text}) <= 65535;
}

bool is_path(std::string_view text) {
    return !text.empty() && text != "/" && text.front() != '-' &&
           std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

Result<SshDestination> ssh_destination(const std::string& url) {
    const auto wrong = [&](std::string_view why) {
        return fail(ErrorCode::configuration, fmt::format("{}: {}", printable(url), why),
                    "Write ssh://USER@HOST/PATH, or ssh://USER@HOST:PORT/PATH.");
    };
    const auto slash = url.find('/', scheme.size());
    if (!url.starts_with(scheme) || slash == std::string::npos) return wrong("no ssh URL");
    SshDestination to;
    const auto path = percent_decoded(std::string_view{url}.substr(slash));
    if (!path) return wrong("its path has a % that begins no code of a character");
    to.path = *path;
    // As git does it: /~ada/x is x in Ada's home. What is in the account's own is where ssh begins,
    // so the plain path says it, as git itself sends that of host:path; forges know no tilde.
    if (to.path.starts_with("/~")) to.path.erase(0, 1);
    if (to.path.starts_with("~/")) to.path.erase(0, 2);
    to.host = url.substr(scheme.size(), slash - scheme.size());
    if (const auto at = to.host.rfind('@'); at != std::string::npos) {
        to.user = percent_decoded(to.host.substr(0, at)).value_or("");
        to.host.erase(0, at + 1);
        if (!is_word(to.user, "._-@+")) return wrong("its user is no user name");
    }
    const auto colon = to.host.rfind(':');
    const auto bracket = to.host.rfind(']');
    if (colon != std::string::npos && (bracket == std::string::npos || colon > bracket)) {
        to.port = to.host.substr(colon + 1);
        to.host.erase(colon);
        if (!is_port(to.port)) return wrong("its port is no port");
    }
    const bool bracketed = to.host.starts_with('[') && to.host.ends_with(']');
    if (bracketed) to.host = to.host.substr(1, to.host.size() - 2);
    if (!is_word(to.host, bracketed ? "._-:%" : "._-")) return wrong("its host is no host name");
    if (!is_path(to.path)) return wrong("its path names no repository");
    return to;
}

}  // namespace inhaul::git
