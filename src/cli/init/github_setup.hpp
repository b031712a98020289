// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <inhaul/settings.hpp>
#include <inhaul/setup/installation.hpp>
#include <inhaul/util/secret.hpp>

#include "prompt.hpp"

/// Changes in the repository's settings on GitHub, by inhaul or by the operator.
namespace inhaul::cli {

/// A token that may change the repository's settings.
struct RegistrationToken {
    Secret secret;
    bool kept = false;  ///< the app's own token, which may lack the permission
};

/// Returns a token for the repository's settings: from that file (`-`: standard input), from the
/// operator, or the app's own. Returns nothing without a token. `verb`: the purpose of the token,
/// `adds` or `deletes`.
[[nodiscard]] Result<std::optional<RegistrationToken>> setup_token(
    const std::string& file, const setup::InstallTarget& target, const Settings& settings,
    const Prompt& prompt, std::string_view verb);

/// The key and the webhook to register, and the facts that are known about them.
struct GitHubSetup {
    const setup::InstallTarget& target;
    const Settings& settings;
    const std::optional<RegistrationToken>& token;
    bool answers = false;       ///< the account can read the repository: its key is registered
    bool new_secret = false;    ///< this run generated the webhook's secret
    bool new_settings = false;  ///< this run changed the file that names the relay
};

/// What is left to the operator.
struct ManualSteps {
    bool key = false;
    bool webhook = false;
};

/// Registers the deploy key and the webhook with the token. Prints the remaining steps for the
/// operator: the page to open, and the values to enter.
[[nodiscard]] ManualSteps set_up_github(const GitHubSetup& what);

/// What to delete on GitHub.
struct GitHubRemoval {
    const setup::InstallTarget& target;
    const Settings& settings;
    const std::optional<RegistrationToken>& token;
    bool key = false;
    bool webhook = false;
};

/// Deletes the key and the webhook with the token. Prints the remaining steps for the operator.
/// Returns false if GitHub refused a deletion.
[[nodiscard]] bool remove_from_github(const GitHubRemoval& what);

}  // namespace inhaul::cli
