// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <inhaul/setup/installation.hpp>
#include <inhaul/setup/new_app.hpp>

/// Tests, as the account, whether it can fetch a new app's repository.
namespace inhaul::cli {

/// Returns whether the repository can be read with a key only.
[[nodiscard]] Result<bool> needs_key(const setup::InstallTarget& target, const setup::NewApp& app);

/// Returns whether the remote is on GitHub over SSH, and the account can read it with its own keys.
[[nodiscard]] bool reads_with_own_key(const setup::InstallTarget& target, setup::NewApp app,
                                      const std::string& remote);

/// Adds the account's ~/.ssh/config to the settings if the repository's host is an alias there, and
/// prints that.
[[nodiscard]] Result<void> name_ssh_config(const setup::InstallTarget& target, setup::NewApp& app);

}  // namespace inhaul::cli
