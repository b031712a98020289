// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/settings.hpp>
#include <inhaul/util/secret.hpp>
#include <inhaul/util/secret_files.hpp>

/// Budgets: the names of the limits that servers enforce. The ledger stores until when a server
/// allows no request of a budget. Apps with the same budget share the limit.
namespace inhaul {

/// Returns the budget of requests to a REST API. It has the scheme, host and port of the URL, and
/// the fingerprint of the token or `anonymous`. Empty for a URL without a host.
[[nodiscard]] std::string rest_budget(std::string_view api, const std::optional<Secret>& token);
/// Returns the budget of requests over git's protocol to the server of a repository. Servers limit
/// them apart from requests to their REST API. Empty for ssh and local paths: they have no limits.
[[nodiscard]] std::string git_budget(std::string_view git_url, const std::optional<Secret>& token);

/// The same for an app. Empty if the app sends no requests of this kind. Also empty if its token
/// cannot be read: then it sends no request.
[[nodiscard]] std::string rest_budget(const Settings& settings, SecretFiles& files);
[[nodiscard]] std::string git_budget(const Settings& settings, SecretFiles& files);

/// Returns the budget of the app alone, for a server that only its deployments need. An example is
/// the server of a submodule. The budget ends with these settings.
[[nodiscard]] std::string app_budget(const Settings& settings);

}  // namespace inhaul
