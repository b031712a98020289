// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include <fmt/format.h>

#include <inhaul/forge/github.hpp>
#include <inhaul/util/url.hpp>

#include "api_request.hpp"

namespace inhaul::forge {
namespace {

/// Returns the path of the API before `/repos/` or `/repositories/`.
std::string_view base_of(std::string_view path) {
    const auto by_name = path.find("/repos/");
    const auto by_number = path.find("/repositories/");
    return path.substr(0, by_name == std::string_view::npos ? by_number : by_name);
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

http::Request head_request(const HeadRequest& wanted, const std::optional<Secret>& token) {
    const auto& settings = wanted.settings;
    auto request = api_request(fmt::format("{}{}/commits/heads%2F{}", settings.github->api,
                                           repository_path(*settings.github, wanted.repository_id),
                                           http::percent_encode(settings.branch.text())),
                               token, settings.ca_file, "application/vnd.github.sha");
    if (wanted.known)
        request.headers.push_back(fmt::format("If-None-Match: \"{}\"", wanted.known->hex()));
    return request;
}

std::optional<RepositoryMove> read_move(const http::Response& response,
                                        std::string_view requested_url) {
    const auto location = response.header("location");
    const auto requested = Url::parse(requested_url);
    if (!location || !requested) return std::nullopt;
    const bool relative = location->starts_with('/') && !location->starts_with("//");
    auto url = relative ? requested->base() + std::string{*location} : std::string{*location};
    const auto to = Url::parse(url);
    if (!to || http::origin_of(url) != http::origin_of(requested_url)) return std::nullopt;
    const auto expected = fmt::format("{}/repositories/", base_of(requested->path));
    const auto path = to->rest();
    if (!path.starts_with(expected)) return std::nullopt;
    const auto id = leading_id(std::string_view{path}.substr(expected.size()));
    if (!id) return std::nullopt;
    return RepositoryMove{*id, std::move(url)};
}

}  // namespace inhaul::forge
