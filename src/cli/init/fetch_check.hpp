#pragma once

#include <string>

#include <inhaul/setup/installation.hpp>
#include <inhaul/setup/new_app.hpp>

/// Whether an app that is being set up can be fetched by its account, tried as that account.
namespace inhaul::cli {

/// Whether the repository is one that a key is of use for, and does not answer without.
[[nodiscard]] Result<bool> needs_key(const setup::InstallTarget& target, const setup::NewApp& app);

/// Whether the checkout's remote is on GitHub over ssh, and the account's own keys open it.
[[nodiscard]] bool reads_with_own_key(const setup::InstallTarget& target, setup::NewApp app,
                                      const std::string& remote);

/// Has the settings name the account's ~/.ssh/config, when the repository's host is an alias there,
/// and says so.
[[nodiscard]] Result<void> name_ssh_config(const setup::InstallTarget& target, setup::NewApp& app);

}  // namespace inhaul::cli
