#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/settings.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/result.hpp>
#include <inhaul/util/secret.hpp>

/// What a person does in a repository's settings on GitHub, done over REST.
namespace inhaul::forge {

/// The repository, and a token that may change its settings.
struct Registrar {
    http::Client& client;
    const GitHubRepository& repository;
    const Secret& token;
    std::optional<std::filesystem::path> ca_file = {};
};

enum class Registered {
    now,     ///< by this call
    before,  ///< it was there already, and is left as it is
};

/// Adds a deploy key that can only read, unless the repository has it. `public_key` is a line as
/// ssh-keygen writes it (https://docs.github.com/rest/deploy-keys). An error with code
/// authentication names the permission that the token lacks: Administration: write.
[[nodiscard]] Result<Registered> register_deploy_key(const Registrar& registrar,
                                                     const std::string& title,
                                                     std::string_view public_key);

/// Adds a webhook for pushes that is signed with the secret, unless the repository has one for that
/// URL; GitHub shows no secret, so that of such a one is not known
/// (https://docs.github.com/rest/repos/webhooks). Refused when there is one that does not do what
/// is wanted of it. An error with code authentication names the permission that the token lacks:
/// Webhooks: write.
[[nodiscard]] Result<Registered> register_webhook(const Registrar& registrar,
                                                  const std::string& url, const Secret& secret);

/// Deletes that key, or the webhooks for that URL; false when the repository has none. Errors as
/// those of adding it.
[[nodiscard]] Result<bool> unregister_deploy_key(const Registrar& registrar,
                                                 std::string_view public_key);
[[nodiscard]] Result<bool> unregister_webhook(const Registrar& registrar, std::string_view url);

/// Where a person does the same.
[[nodiscard]] std::string deploy_key_page(const GitHubRepository& repository);
[[nodiscard]] std::string deploy_keys_page(const GitHubRepository& repository);  ///< all of them
[[nodiscard]] std::string webhook_page(const GitHubRepository& repository);
/// All that there are.
[[nodiscard]] std::string webhooks_page(const GitHubRepository& repository);

/// What is asked and told; pure. Lists are JSON arrays; an error for anything else.
[[nodiscard]] Result<bool> lists_key(std::string_view body, std::string_view public_key);
/// Refused as register_webhook().
[[nodiscard]] Result<bool> lists_webhook(std::string_view body, std::string_view url);
/// The numbers by which they are deleted.
[[nodiscard]] Result<std::vector<std::int64_t>> keys_like(std::string_view body,
                                                          std::string_view public_key);
[[nodiscard]] Result<std::vector<std::int64_t>> webhooks_for(std::string_view body,
                                                             std::string_view url);

}  // namespace inhaul::forge
