// SPDX-License-Identifier: Apache-2.0
#include "github_server.hpp"

#include <fmt/format.h>

#include <inhaul/github_com.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include "values.hpp"

namespace inhaul::config {
namespace {

/// Letters, digits, - and _. An account's name has no dot, so a host name is never an owner.
bool is_owner(std::string_view text) {
    return !text.empty() && text.size() <= 100 && text[0] != '-' && is_alphanumeric(text, "-_");
}

bool is_repository_name(std::string_view text) {
    return !text.empty() && text.size() <= 100 && text != "." && text != ".." && text[0] != '-' &&
           is_alphanumeric(text, "-_.");
}

/// The host of the repositories: without `api.` if the API has its own host.
std::string repository_host(const std::string& api_host) {
    constexpr std::string_view prefix{"api."};
    const bool split = "https://" + api_host == github_com::api ||
                       (api_host.starts_with(prefix) && api_host.ends_with(".ghe.com"));
    return split ? api_host.substr(prefix.size()) : api_host;
}

tl::unexpected<Error> wrong_api(std::string message, std::string hint) {
    return fail(ErrorCode::configuration, std::move(message), std::move(hint));
}

Result<Url> url_of_api(std::string_view text) {
    if (text.find('@') != std::string_view::npos)
        return wrong_api("contains a user name or password",
                         "Remove it, and put the token into a file: auth.token_file.");
    auto url = Url::parse(text);
    if (!url || url->host.empty() || url->query || url->fragment ||
        text.find('\'') != std::string_view::npos)
        return wrong_api(fmt::format("{} is not the URL of an API", in_quotes(text)),
                         "Remove the key for github.com. For an Enterprise server, write "
                         "\"https://HOST/api/v3\".");
    if (!url->is_encrypted_or_local())
        return wrong_api(fmt::format("{} is not https", in_quotes(text)),
                         "The token would be sent unencrypted. Write https://.");
    return *std::move(url);
}

}  // namespace

Result<GitHubServer> GitHubServer::at(std::string_view api_url) {
    while (api_url.ends_with('/'))
        api_url.remove_suffix(1);
    const auto url = TRY(url_of_api(api_url));
    GitHubServer server;
    server.api_ = api_url;
    server.host_ = repository_host(url.host);
    const http::Origin web{url.scheme, server.host_, url.port_number()};
    server.web_base_ = fmt::format("{}://{}", web.scheme, web.authority());
    return server;
}

GitHubServer GitHubServer::of_github_com() {
    GitHubServer server;
    server.api_ = github_com::api;
    server.host_ = github_com::host;
    server.web_base_ = github_com::web;
    return server;
}

bool GitHubServer::owns(std::string_view host) const {
    return host == host_ || (host_ == github_com::host && github_com::serves(host));
}

GitHubRepository GitHubServer::repository(std::string owner, std::string name) const {
    return {api_, std::move(owner), std::move(name), web_base_};
}

std::string GitHubServer::ssh_user() const {
    return host_.ends_with(".ghe.com") ? host_.substr(0, host_.find('.')) : "git";
}

std::string GitHubServer::git_url(std::string_view owner, std::string_view name,
                                  bool over_ssh) const {
    if (over_ssh) return fmt::format("ssh://{}@{}/{}/{}.git", ssh_user(), host_, owner, name);
    return fmt::format("{}/{}/{}.git", web_base_, owner, name);
}

std::optional<Slug> slug_in(std::string_view path) {
    while (path.starts_with('/'))
        path.remove_prefix(1);
    while (path.ends_with('/'))
        path.remove_suffix(1);
    if (path.ends_with(".git")) path.remove_suffix(4);
    const auto slash = path.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto owner = path.substr(0, slash);
    const auto name = path.substr(slash + 1);
    if (!is_owner(owner) || !is_repository_name(name)) return std::nullopt;
    return Slug{std::string{owner}, std::string{name}};
}

}  // namespace inhaul::config
