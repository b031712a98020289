// SPDX-License-Identifier: Apache-2.0
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

/// Changes a repository's settings on GitHub over REST.
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
    before,  ///< it exists already and is unchanged
};

/// Adds a read-only deploy key, unless the repository has it. `public_key` is a line in the format
/// of ssh-keygen (https://docs.github.com/rest/deploy-keys). Fails with code `authentication` if
/// the token lacks the permission Administration: write.
[[nodiscard]] Result<Registered> register_deploy_key(const Registrar& registrar,
                                                     const std::string& title,
                                                     std::string_view public_key);

/// Adds a webhook for pushes, signed with the secret, unless the repository has a webhook for that
/// URL. GitHub never shows the secret of an existing webhook
/// (https://docs.github.com/rest/repos/webhooks). Fails with `refused` if the existing webhook is
/// unsuitable, and with `authentication` if the token lacks the permission Webhooks: write.
[[nodiscard]] Result<Registered> register_webhook(const Registrar& registrar,
                                                  const std::string& url, const Secret& secret);

/// Deletes that key, or the webhooks for that URL. Returns false if the repository has none. Fails
/// like the functions that add them.
[[nodiscard]] Result<bool> unregister_deploy_key(const Registrar& registrar,
                                                 std::string_view public_key);
[[nodiscard]] Result<bool> unregister_webhook(const Registrar& registrar, std::string_view url);

/// Returns the pages on which a user does the same.
[[nodiscard]] std::string deploy_key_page(const GitHubRepository& repository);
[[nodiscard]] std::string deploy_keys_page(const GitHubRepository& repository);  ///< all of them
[[nodiscard]] std::string webhook_page(const GitHubRepository& repository);
/// All webhooks.
[[nodiscard]] std::string webhooks_page(const GitHubRepository& repository);

/// Returns true if the list in the answer contains the key. Pure. Fails unless `body` is a JSON
/// array.
[[nodiscard]] Result<bool> lists_key(std::string_view body, std::string_view public_key);
/// Returns true if the list contains the webhook. Fails with `refused` like register_webhook().
[[nodiscard]] Result<bool> lists_webhook(std::string_view body, std::string_view url);
/// Returns the numbers by which they are deleted.
[[nodiscard]] Result<std::vector<std::int64_t>> keys_like(std::string_view body,
                                                          std::string_view public_key);
[[nodiscard]] Result<std::vector<std::int64_t>> webhooks_for(std::string_view body,
                                                             std::string_view url);

}  // namespace inhaul::forge
