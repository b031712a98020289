#include "remote_url.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::config {
namespace {

constexpr auto forms_hint =
    "Write owner/name for a repository on GitHub, or an https://, ssh:// or file:// URL, or a "
    "path.";

tl::unexpected<Error> wrong(std::string message, std::string hint = forms_hint) {
    return fail(ErrorCode::configuration, std::move(message), std::move(hint));
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 100 && text != "." && text != ".." && text[0] != '-' &&
           std::all_of(text.begin(), text.end(), is_name_character);
}

bool is_host(std::string_view text) {
    const auto allowed = [](char c) {
        return is_name_character(c) || c == ':' || c == '[' || c == ']';
    };
    return !text.empty() && text[0] != '-' && text[0] != '.' &&
           std::all_of(text.begin(), text.end(), allowed);
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte == 0x7f;
    });
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

/// The web host of a REST base: api.github.com is github.com's, api.X.ghe.com X.ghe.com's, and an
/// Enterprise server's own /api/v3 its own.
std::string web_host(std::string_view api) {
    const auto origin = http::origin_of(api);
    if (!origin) return {};
    return origin->host.starts_with("api.") ? origin->host.substr(4) : origin->host;
}

struct Slug {
    std::string owner;
    std::string name;
};

std::optional<Slug> slug_from(std::string_view path) {
    while (path.starts_with('/'))
        path.remove_prefix(1);
    while (path.ends_with('/'))
        path.remove_suffix(1);
    if (path.ends_with(".git")) path.remove_suffix(4);
    const auto slash = path.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto owner = path.substr(0, slash);
    const auto name = path.substr(slash + 1);
    if (!is_name(owner) || !is_name(name)) return std::nullopt;
    return Slug{std::string{owner}, std::string{name}};
}

std::optional<GitHubRepository> github_at(std::string_view host, std::string_view path,
                                          std::string_view api) {
    if (host != web_host(api) && !(host == "ssh.github.com" && web_host(api) == "github.com"))
        return std::nullopt;
    const auto slug = slug_from(path);
    if (!slug) return std::nullopt;
    return GitHubRepository{std::string{api}, slug->owner, slug->name};
}

struct UrlParts {
    std::string_view scheme;
    std::string_view user;
    std::string_view host;  ///< without a port
    std::string_view port;
    std::string_view path;
};

Result<UrlParts> split(std::string_view url) {
    UrlParts parts;
    const auto scheme_end = url.find("://");
    parts.scheme = url.substr(0, scheme_end);
    auto rest = url.substr(scheme_end + 3);
    const auto slash = std::min(rest.find('/'), rest.size());
    parts.path = rest.substr(slash);
    auto authority = rest.substr(0, slash);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        parts.user = authority.substr(0, at);
        authority.remove_prefix(at + 1);
    }
    const auto bracket = authority.rfind(']');
    const auto colon = authority.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        parts.port = authority.substr(colon + 1);
        authority = authority.substr(0, colon);
        if (parts.port.empty() || parts.port.size() > 5 ||
            !std::all_of(parts.port.begin(), parts.port.end(),
                         [](char c) { return c >= '0' && c <= '9'; }))
            return wrong("its port is no number");
    }
    parts.host = authority;
    return parts;
}

Result<Location> from_url(std::string_view url, std::string_view api) {
    const auto parts = TRY(split(url));
    if (parts.scheme == "file") {
        if (!parts.host.empty() || !parts.path.starts_with('/'))
            return wrong("a file:// URL needs an absolute path: file:///srv/git/app.git");
        return Location{std::string{url}, std::nullopt};
    }
    if (parts.scheme != "https" && parts.scheme != "http" && parts.scheme != "ssh")
        return wrong(fmt::format("{}:// is not supported", printable(parts.scheme)));
    if (!is_host(parts.host)) return wrong("its host is no host name");
    if (parts.path.size() < 2) return wrong("it names a host, but no repository");
    if (parts.user.find(':') != std::string_view::npos ||
        (parts.scheme != "ssh" && !parts.user.empty()))
        return wrong("it holds a user or a password",
                     "Take it out of the URL, and put the token into a file: auth.token_file.");
    if (parts.scheme == "ssh" && !parts.user.empty() && !is_name(parts.user))
        return wrong("its user is no user name");
    if (parts.scheme == "http" && !is_loopback(parts.host))
        return wrong("http:// would send code and token in the clear", "Use https://.");
    return Location{std::string{url}, github_at(parts.host, parts.path, api)};
}

/// git@host:path, as scp writes it.
Result<Location> from_scp(std::string_view text, std::size_t colon, std::string_view api) {
    const auto user_and_host = text.substr(0, colon);
    const auto path = text.substr(colon + 1);
    const auto slash = path.starts_with('/') ? "" : "/";
    return from_url(fmt::format("ssh://{}{}{}", user_and_host, slash, path), api);
}

Result<Location> from_slug(const Slug& slug, std::string_view api, bool over_ssh) {
    const auto origin = http::origin_of(api);
    const auto host = web_host(api);
    const auto port =
        origin && origin->port != 443 && !over_ssh ? fmt::format(":{}", origin->port) : "";
    const auto scheme = over_ssh                             ? "ssh://git@"
                        : origin && origin->scheme == "http" ? "http://"
                                                             : "https://";
    return Location{fmt::format("{}{}{}/{}/{}.git", scheme, host, port, slug.owner, slug.name),
                    GitHubRepository{std::string{api}, slug.owner, slug.name}};
}

}  // namespace

Result<Location> locate(std::string_view repository, std::string_view api, bool over_ssh) {
    if (repository.empty()) return wrong("it is empty");
    if (repository.starts_with('-') || has_control_character(repository) ||
        repository.size() > 2000)
        return wrong(fmt::format("{} is no repository", printable(repository)));
    if (const auto helper = repository.find("::");
        helper != std::string_view::npos && helper < repository.find("://"))
        return wrong("remote helpers (NAME::ADDRESS) are not supported");
    if (repository.starts_with('/') || repository.starts_with("~/"))
        return Location{TRY(file::expand(repository)).string(), std::nullopt};
    if (repository.find("://") != std::string_view::npos) return from_url(repository, api);
    const auto colon = repository.find(':');
    if (colon != std::string_view::npos && repository.find('/') > colon)
        return from_scp(repository, colon, api);
    if (const auto slug = slug_from(repository)) return from_slug(*slug, api, over_ssh);
    return wrong(fmt::format("{} is no repository", printable(repository)));
}

Result<std::string> check_api(std::string_view url) {
    while (url.ends_with('/'))
        url.remove_suffix(1);
    const auto origin = http::origin_of(url);
    if (!origin || has_control_character(url) || url.find('@') != std::string_view::npos)
        return wrong(fmt::format("{} is no URL of an API", printable(url)),
                     "For an Enterprise server write https://HOST/api/v3 .");
    if (origin->scheme == "http" && is_loopback(origin->host)) return std::string{url};
    if (origin->scheme != "https")
        return wrong(fmt::format("{} is not https", printable(url)),
                     "The token would be sent in the clear.");
    return std::string{url};
}

}  // namespace inhaul::config
