// SPDX-License-Identifier: Apache-2.0
#include <inhaul/budget.hpp>

#include <fmt/format.h>

#include <inhaul/util/http.hpp>

namespace inhaul {
namespace {

/// A token is known by its fingerprint alone: the ledger and the log never have a secret.
std::string budget_of(std::string_view service, std::string_view url,
                      const std::optional<Secret>& token) {
    const auto origin = http::origin_of(url);
    if (!origin) return {};
    return fmt::format("{} {}://{} {}", service, origin->scheme, origin->authority(),
                       token ? token->fingerprint() : "anonymous");
}

}  // namespace

std::string rest_budget(std::string_view api, const std::optional<Secret>& token) {
    return budget_of("rest", api, token);
}

std::string git_budget(std::string_view git_url, const std::optional<Secret>& token) {
    return git_protocol(git_url) == GitProtocol::http ? budget_of("git", git_url, token)
                                                      : std::string{};
}

std::string rest_budget(const Settings& settings, SecretFiles& files) {
    if (!settings.github) return {};
    const auto token = files.secret(settings.token_file);
    return token ? rest_budget(settings.github->api, *token) : std::string{};
}

std::string git_budget(const Settings& settings, SecretFiles& files) {
    if (git_protocol(settings.git_url) != GitProtocol::http) return {};
    const auto token = files.secret(settings.token_file);
    return token ? git_budget(settings.git_url, *token) : std::string{};
}

std::string app_budget(const Settings& settings) {
    return fmt::format("app {} {}", settings.app.text(), settings.hash);
}

}  // namespace inhaul
