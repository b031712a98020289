#include "remote_url.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include <inhaul/config/config.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include "values.hpp"

namespace inhaul::config {
namespace {

constexpr auto forms =
    "Write owner/name for a repository on GitHub, or an https://, ssh:// or file:// URL, "
    "git@host:path, or an absolute path.";

tl::unexpected<Error> wrong(std::string message, std::string hint = forms) {
    return fail(ErrorCode::configuration, std::move(message), std::move(hint));
}

bool only(std::string_view text, std::string_view beside_letters_and_digits) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               beside_letters_and_digits.find(c) != std::string_view::npos;
    });
}

/// A name or an address, IPv6 in brackets. Never text that ssh could treat as an option.
bool is_host(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']'))
        return text.size() > 3 && only(text.substr(1, text.size() - 2), ":.");
    return !text.empty() && text[0] != '-' && text[0] != '.' && only(text, "-._");
}

bool is_user(std::string_view text) {
    const auto name = percent_decoded(text);
    return name && !name->empty() && name->front() != '-' && only(*name, "-._@+");
}

bool is_port(std::string_view text) {
    unsigned number = 0;
    const auto* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    return parsed.ec == std::errc{} && parsed.ptr == end && number > 0 && number <= 65535;
}

std::string lower(std::string_view text) {
    std::string result{text};
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

struct UrlParts {
    std::string scheme;
    std::optional<std::string_view> user;
    std::string host;
    std::optional<std::string_view> port;
    std::string_view path;
};

UrlParts split(std::string_view url) {
    UrlParts parts;
    const auto scheme_end = url.find("://");
    parts.scheme = lower(url.substr(0, scheme_end));
    const auto rest = url.substr(scheme_end + 3);
    const auto slash = std::min(rest.find('/'), rest.size());
    parts.path = rest.substr(slash);
    auto authority = rest.substr(0, slash);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        parts.user = authority.substr(0, at);
        authority.remove_prefix(at + 1);
    }
    const auto colon = authority.rfind(':');
    const auto bracket = authority.rfind(']');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        parts.port = authority.substr(colon + 1);
        authority = authority.substr(0, colon);
    }
    parts.host = lower(authority);
    return parts;
}

/// A password in a settings file would end up in `.git/config` and in messages.
Result<void> check_credentials(const UrlParts& parts) {
    const bool ssh = parts.scheme == "ssh";
    // A password that contains a slash looks like a part of the path.
    const bool web = parts.scheme == "https" || parts.scheme == "http";
    const bool hidden = web && parts.path.find('@') != std::string_view::npos;
    if ((!parts.user && !hidden) || (ssh && parts.user->find(':') == std::string_view::npos))
        return {};
    return wrong(fmt::format("contains a {}", ssh ? "password" : "user name or password"),
                 ssh ? "Remove it, and set auth.ssh_key."
                     : "Remove it, and put the token into a file: auth.token_file.");
}

Result<void> check_scheme(const UrlParts& parts) {
    const auto& scheme = parts.scheme;
    if (scheme == "https" || scheme == "ssh" || scheme == "file") return {};
    if (scheme == "http" && is_loopback(parts.host)) return {};
    if (scheme == "http")
        return wrong("http:// would send code and token unencrypted", "Write https://.");
    if (scheme == "git")
        return wrong("git:// is neither encrypted nor authenticated", "Write https:// or ssh://.");
    return wrong(fmt::format("{}:// is not supported", printable(scheme, 40)));
}

Result<void> check_parts(const UrlParts& parts) {
    TRY(check_credentials(parts));
    TRY(check_scheme(parts));
    if (!is_host(parts.host))
        return wrong(fmt::format("{} is not a host name", in_quotes(parts.host)));
    if (parts.user && !is_user(*parts.user))
        return wrong(fmt::format("{} is not a user name", in_quotes(*parts.user)));
    if (parts.port && !is_port(*parts.port))
        // Without the port in the message: it may be a password.
        return wrong("the port is not a number from 1 to 65535");
    if (parts.path.size() < 2) return wrong("names a host but no repository");
    if (parts.path.starts_with("/-")) return wrong("the path must not begin with a dash");
    if (const auto path = percent_decoded(parts.path); !path || has_control_character(*path))
        return wrong("the path contains a % without a character code", "Write % as %25.");
    if (parts.path.find_first_of("?#") != std::string_view::npos)
        return wrong("contains a query or a fragment", "Remove everything from the ? or #.");
    return {};
}

std::string joined(const UrlParts& parts) {
    return fmt::format("{}://{}{}{}{}{}", parts.scheme, parts.user.value_or(""),
                       parts.user ? "@" : "", parts.host, parts.port ? ":" : "",
                       parts.port.value_or("")) +
           std::string{parts.path};
}

/// Returns the first two components: `/octocat/myapp` of the URL of any page of the repository.
std::string_view repository_part(std::string_view path) {
    const auto name = path.find('/', 1);
    return name == std::string_view::npos ? path : path.substr(0, path.find('/', name + 1));
}

Result<Location> on_github(UrlParts parts, const GitHubServer& server) {
    const auto slug = slug_in(parts.path);
    if (!slug) {
        const auto similar = slug_in(repository_part(parts.path));
        return wrong(fmt::format("is not the URL of a repository on {}", server.host()),
                     similar ? fmt::format("Write \"{}/{}\".", similar->owner, similar->name)
                             : "Write \"owner/name\".");
    }
    // www.github.com only redirects, and redirects are not followed.
    if (parts.host == "www.github.com") parts.host = "github.com";
    const auto user = server.ssh_user();  // must outlive parts.user, which is a view
    if (parts.scheme == "ssh" && !parts.user) parts.user = user;
    return Location{joined(parts), server.repository(slug->owner, slug->name)};
}

Result<Location> from_url(std::string_view url, const GitHubServer& server) {
    auto parts = split(url);
    if (parts.scheme == "file") {
        if (!parts.host.empty() || parts.user || !parts.path.starts_with('/'))
            return wrong("names a host", "Write three slashes: file:///srv/git/myapp.git");
        if (parts.path.size() < 2) return wrong("names no repository");
        return Location{joined(parts), std::nullopt};
    }
    TRY(check_parts(parts));
    while (parts.path.ends_with('/'))
        parts.path.remove_suffix(1);
    if (server.owns(parts.host)) return on_github(parts, server);
    return Location{joined(parts), std::nullopt};
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
Result<Location> from_scp(std::string_view text, std::size_t colon, const GitHubServer& server) {
    const auto account = text.substr(0, colon);
    const auto path = text.substr(colon + 1);
    if (path.substr(0, path.find('/')).find('@') != std::string_view::npos)
        return wrong("contains a password", "Remove it, and set auth.ssh_key.");
    if (path.empty()) return wrong("names a host but no repository");
    if (path.starts_with('-')) return wrong("the path must not begin with a dash");
    const auto host = lower(account.substr(account.rfind('@') + 1));
    const auto* const root = path.starts_with('/')                 ? ""
                             : path.starts_with('~')               ? "/"
                             : server.owns(host) || is_forge(host) ? "/"
                                                                   : "/~/";
    return from_url(fmt::format("ssh://{}{}{}", account, root, percent_encoded(path)), server);
}

Result<Location> from_path(std::string_view text) {
    const auto path = TRY(file::expand(text));
    if (path == path.root_path()) return wrong("is not a repository");
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
    if (slug && server.owns(lower(text.substr(0, slash))))
        return fmt::format("Write \"{}/{}\".", slug->owner, slug->name);
    if (!is_host(text.substr(0, slash)) || text.starts_with("..")) return forms;
    return fmt::format("If it is a URL, write its scheme: \"https://{}\".", printable(text, 80));
}

}  // namespace

Result<Location> locate(std::string_view repository, const GitHubServer& server, bool over_ssh) {
    constexpr std::size_t longest = 2000;
    const auto npos = std::string_view::npos;
    if (trimmed(repository).empty()) return wrong("is empty");
    if (repository.size() > longest) return wrong(fmt::format("is longer than {} bytes", longest));
    if (has_control_character(repository)) return wrong("contains a control character");
    if (repository.starts_with('/') || repository.starts_with("~/")) return from_path(repository);
    if (repository.starts_with('-')) return wrong("must not begin with a dash");
    const auto scheme = repository.find("://");
    const auto helper = repository.find("::");
    if (helper != npos && helper < scheme && repository.find('[') > helper)
        return wrong("names a remote helper, which can run any program");
    if (scheme != npos) {
        // First, since another message would not say that a password must be removed.
        TRY(check_credentials(split(repository)));
    }
    if (scheme != npos && repository.find(' ') != npos)
        return wrong("contains a space", "Write a space in a URL as %20.");
    if (scheme != npos) return from_url(repository, server);
    const auto bracket = repository.find('[');
    const auto colon = bracket < repository.find(':') ? repository.find(':', repository.find(']'))
                                                      : repository.find(':');
    if (colon != npos && repository.find('/') > colon) return from_scp(repository, colon, server);
    if (repository.find(' ') != npos) return wrong("contains a space");
    if (const auto slug = slug_in(repository); slug && !repository.ends_with('/'))
        return Location{server.git_url(slug->owner, slug->name, over_ssh),
                        server.repository(slug->owner, slug->name)};
    if (repository.find('@') != npos) return wrong("is not a repository");  // a token, perhaps
    return wrong(fmt::format("{} is not a repository", in_quotes(repository)),
                 hint_for_slug(repository, server));
}

Result<std::string> git_url_of(std::string_view text, const Settings& settings) {
    const auto server =
        settings.github ? TRY(GitHubServer::at(settings.github->api)) : GitHubServer::github_com();
    return TRY(locate(text, server, false)).git_url;
}

}  // namespace inhaul::config
