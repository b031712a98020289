// SPDX-License-Identifier: Apache-2.0
#include "remote_url.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <inhaul/config/config.hpp>
#include <inhaul/github_com.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include "values.hpp"

namespace inhaul::config {
namespace {

constexpr auto forms =
    "Write owner/name for a repository on GitHub, or an https://, ssh:// or file:// URL, "
    "git@host:path, or an absolute path.";

tl::unexpected<Error> wrong_repository(std::string message, std::string hint = forms) {
    return fail(ErrorCode::configuration, std::move(message), std::move(hint));
}

bool is_user(std::string_view text) {
    const auto name = percent_decoded(text);
    return name && !name->empty() && name->front() != '-' && is_alphanumeric(*name, "-._@+");
}

/// A password in a settings file would end up in `.git/config` and in messages.
Result<void> check_credentials(const Url& url) {
    const bool ssh = url.scheme == "ssh";
    // A password that contains a slash looks like a part of the path.
    const bool hidden = url.is_web() && url.rest().find('@') != std::string::npos;
    if ((!url.user && !hidden) || (ssh && url.user->find(':') == std::string::npos)) return {};
    return wrong_repository(
        fmt::format("contains a {}", ssh ? "password" : "user name or password"),
        ssh ? "Remove it, and set auth.ssh_key."
            : "Remove it, and put the token into a file: auth.token_file.");
}

Result<void> check_scheme(const Url& url) {
    const auto& scheme = url.scheme;
    if (url.is_encrypted_or_local() || scheme == "ssh" || scheme == "file") return {};
    if (scheme == "http")
        return wrong_repository("http:// would send code and token unencrypted", "Write https://.");
    if (scheme == "git")
        return wrong_repository("git:// is neither encrypted nor authenticated",
                                "Write https:// or ssh://.");
    return wrong_repository(fmt::format("{}:// is not supported", printable(scheme, 40)));
}

Result<void> check_path(const Url& url) {
    if (url.rest().size() < 2) return wrong_repository("names a host but no repository");
    if (url.path.starts_with("/-")) return wrong_repository("the path must not begin with a dash");
    if (const auto path = percent_decoded(url.path); !path || has_control_character(*path))
        return wrong_repository("the path contains a % without a character code",
                                "Write % as %25.");
    if (url.query || url.fragment)
        return wrong_repository("contains a query or a fragment",
                                "Remove everything from the ? or #.");
    return {};
}

Result<void> check_parts(const Url& url) {
    TRY(check_credentials(url));
    TRY(check_scheme(url));
    const auto fault = url.fault();
    if (fault == UrlFault::host)
        return wrong_repository(fmt::format("{} is not a host name", in_quotes(url.host)));
    if (url.user && !is_user(*url.user))
        return wrong_repository(fmt::format("{} is not a user name", in_quotes(*url.user)));
    if (fault == UrlFault::port)
        return wrong_repository(
            "the port is not a number from 1 to 65535");  // without the port: it may be a password
    if (fault)
        return wrong_repository("contains a character that is not allowed in a URL",
                                "Write its code: %22 for \".");
    return check_path(url);
}

/// Returns the first two components: `/octocat/myapp` of the URL of any page of the repository.
std::string_view repository_part(std::string_view path) {
    const auto name = path.find('/', 1);
    return name == std::string_view::npos ? path : path.substr(0, path.find('/', name + 1));
}

Result<Location> on_github(Url url, const GitHubServer& server) {
    const auto slug = slug_in(url.path);
    if (!slug) {
        const auto similar = slug_in(repository_part(url.path));
        return wrong_repository(fmt::format("is not the URL of a repository on {}", server.host()),
                                similar
                                    ? fmt::format("Write \"{}/{}\".", similar->owner, similar->name)
                                    : "Write \"owner/name\".");
    }
    // www.github.com only redirects, and redirects are not followed.
    if (url.host == github_com::old_host) url.host = github_com::host;
    if (url.scheme == "ssh" && !url.user) url.user = server.ssh_user();
    return Location{url.text(), server.repository(slug->owner, slug->name)};
}

Result<Location> from_url(Url url, const GitHubServer& server) {
    if (url.scheme == "file") {
        if (url.fault())
            return wrong_repository("names a host",
                                    "Write three slashes: file:///srv/git/myapp.git");
        if (url.path.size() < 2) return wrong_repository("names no repository");
        return Location{url.text(), std::nullopt};
    }
    TRY(check_parts(url));
    while (url.path.ends_with('/'))
        url.path.pop_back();
    if (server.owns(url.host)) return on_github(std::move(url), server);
    return Location{url.text(), std::nullopt};
}

/// Forges whose paths are not relative to a home: they show git@HOST:PATH without a slash.
bool is_forge(std::string_view host) {
    constexpr std::array known{"gitlab.com", "bitbucket.org", "codeberg.org", "git.sr.ht"};
    return std::find(known.begin(), known.end(), host) != known.end();
}

/// Encodes the characters that have a meaning in a URL, but not in git@host:path.
std::string percent_encoded(std::string_view path) {
    std::string encoded;
    for (const char c : path)
        encoded += std::string_view{"%?# "}.find(c) == std::string_view::npos
                       ? std::string{c}
                       : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    return encoded;
}

/// Parses git@host:path, as of scp. The path is relative to the account's home, in a URL `/~/`.
Result<Location> from_scp(const ScpAddress& address, const GitHubServer& server) {
    const auto& path = address.path;
    if (path.substr(0, path.find('/')).find('@') != std::string::npos)
        return wrong_repository("contains a password", "Remove it, and set auth.ssh_key.");
    if (path.empty()) return wrong_repository("names a host but no repository");
    if (path.starts_with('-')) return wrong_repository("the path must not begin with a dash");
    const bool at_root = server.owns(address.host) || is_forge(address.host);
    const auto* const root = path.starts_with('/')   ? ""
                             : path.starts_with('~') ? "/"
                             : at_root               ? "/"
                                                     : "/~/";
    return from_url({.scheme = "ssh",
                     .user = address.user,
                     .host = address.host,
                     .path = root + percent_encoded(path)},
                    server);
}

Result<Location> from_path(std::string_view text) {
    const auto path = TRY(file::expand(text));
    if (path == path.root_path()) return wrong_repository("is not a repository");
    return Location{path.has_filename() ? path.string() : path.parent_path().string(),
                    std::nullopt};
}

/// Browsers hide the scheme: `github.com/octocat/myapp`.
std::string hint_for_slug(std::string_view text, const GitHubServer& server) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos ||
        text.substr(0, slash).find('.') == std::string_view::npos)
        return forms;
    const auto slug = slug_in(text.substr(slash));
    if (slug && server.owns(lower_case(text.substr(0, slash))))
        return fmt::format("Write \"{}/{}\".", slug->owner, slug->name);
    if (!Url::parse(fmt::format("https://{}", text))) return forms;
    return fmt::format("If it is a URL, write its scheme: \"https://{}\".", printable(text, 80));
}

}  // namespace

Result<Location> locate(std::string_view repository, const GitHubServer& server, bool over_ssh) {
    constexpr std::size_t longest = 2000;
    const auto npos = std::string_view::npos;
    if (trimmed(repository).empty()) return wrong_repository("is empty");
    if (repository.size() > longest)
        return wrong_repository(fmt::format("is longer than {} bytes", longest));
    if (has_control_character(repository)) return wrong_repository("contains a control character");
    if (repository.starts_with('/') || repository.starts_with("~/")) return from_path(repository);
    if (repository.starts_with('-')) return wrong_repository("must not begin with a dash");
    const auto scheme = repository.find("://");
    const auto helper = repository.find("::");
    if (helper != npos && helper < scheme && repository.find('[') > helper)
        return wrong_repository("names a remote helper, which can run any program");
    if (auto url = Url::split(repository)) {
        // First, since another message would not say that a password must be removed.
        TRY(check_credentials(*url));
        if (repository.find(' ') != npos)
            return wrong_repository("contains a space", "Write a space in a URL as %20.");
        return from_url(*std::move(url), server);
    }
    if (const auto address = ScpAddress::split(repository)) return from_scp(*address, server);
    if (repository.find(' ') != npos) return wrong_repository("contains a space");
    if (const auto slug = slug_in(repository); slug && !repository.ends_with('/'))
        return Location{server.git_url(slug->owner, slug->name, over_ssh),
                        server.repository(slug->owner, slug->name)};
    if (repository.find('@') != npos)
        return wrong_repository("is not a repository");  // a token, perhaps
    return wrong_repository(fmt::format("{} is not a repository", in_quotes(repository)),
                            hint_for_slug(repository, server));
}

Result<std::string> git_url_of(std::string_view text, const Settings& settings) {
    const auto server = settings.github ? TRY(GitHubServer::at(settings.github->api))
                                        : GitHubServer::of_github_com();
    return TRY(locate(text, server, false)).git_url;
}

}  // namespace inhaul::config
