#include <charconv>

#include <fmt/format.h>

#include <inhaul/forge/github.hpp>

namespace inhaul::forge {
namespace {

/// What stands before `/repos/` or `/repositories/` in a URL that we asked: the API's base.
std::string_view base_of(std::string_view asked_url) {
    const auto by_name = asked_url.find("/repos/");
    const auto by_number = asked_url.find("/repositories/");
    return asked_url.substr(0, by_name == std::string_view::npos ? by_number : by_name);
}

/// The text after scheme and authority: path and what follows it.
std::string_view path_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return url;
    const auto slash = url.find('/', scheme + 3);
    return slash == std::string_view::npos ? std::string_view{} : url.substr(slash);
}

std::optional<std::int64_t> leading_id(std::string_view text) {
    std::int64_t id = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc{} || id <= 0) return std::nullopt;
    if (rest != text.data() + text.size() && *rest != '/' && *rest != '?') return std::nullopt;
    return id;
}

}  // namespace

std::string repository_path(const GitHubRepository& repository,
                            const std::optional<std::int64_t>& id) {
    if (id) return fmt::format("/repositories/{}", *id);
    return fmt::format("/repos/{}/{}", http::percent_encode(repository.owner),
                       http::percent_encode(repository.name));
}

http::Request head_request(const HeadQuestion& question, const std::optional<Secret>& token) {
    const auto& settings = question.settings;
    http::Request request{
        .url = fmt::format("{}{}/commits/heads%2F{}", settings.github->api,
                           repository_path(*settings.github, question.repository_id),
                           http::percent_encode(settings.branch.text())),
        .headers = {"Accept: application/vnd.github.sha", "X-GitHub-Api-Version: 2022-11-28"},
        .bearer = token,
        .ca_file = settings.ca_file};
    if (question.known)
        request.headers.push_back(fmt::format("If-None-Match: \"{}\"", question.known->hex()));
    return request;
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 307 || status == 308;
}

std::optional<RepositoryMove> read_move(const http::Response& response,
                                        std::string_view asked_url) {
    const auto location = response.header("location");
    const auto asked = http::origin_of(asked_url);
    if (!location || !asked) return std::nullopt;
    const bool relative = location->starts_with('/') && !location->starts_with("//");
    const auto base = base_of(asked_url);
    const auto root = base.substr(0, base.size() - path_of(base).size());
    auto url = relative ? fmt::format("{}{}", root, *location) : std::string{*location};
    if (http::origin_of(url) != asked) return std::nullopt;
    const auto expected = fmt::format("{}/repositories/", path_of(base));
    // A relative one may have :// in its path.
    const auto path = relative ? *location : path_of(*location);
    if (!path.starts_with(expected)) return std::nullopt;
    const auto id = leading_id(path.substr(expected.size()));
    if (!id) return std::nullopt;
    return RepositoryMove{*id, std::move(url)};
}

}  // namespace inhaul::forge
