// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <inhaul/config/config.hpp>
#include <inhaul/util/account.hpp>

#include <cli/cli.hpp>

/// The accounts that deploy apps on this host. Only names of files are read, with their owner's
/// permissions: a process of that account reads their content.
namespace inhaul::cli {

/// An account that deploys apps or has deployed them.
struct AppAccount {
    account::Account account;
    config::Places places;
    std::vector<std::string> apps;  ///< from the names of its settings files, sorted
    bool has_ledger = false;        ///< only root knows this of another account

    [[nodiscard]] bool has(const std::string& app) const;
};

/// Returns the accounts in /etc/inhaul, sorted by name. For root, also accounts with settings or a
/// ledger in their homes.
[[nodiscard]] std::vector<AppAccount> app_accounts();

/// Returns true if none of them is another account.
[[nodiscard]] bool has_only_own(const std::vector<AppAccount>& accounts);

/// Returns true if the directory of this account's settings exists.
[[nodiscard]] bool has_own_settings(const GlobalOptions& global);

/// Returns the directories in /etc/inhaul without an account of their name: no agent deploys their
/// apps.
[[nodiscard]] std::vector<std::filesystem::path> settings_without_account();

/// Returns a hint to run this command as another account: `sudo -u ACCOUNT inhaul …`. With a name,
/// only accounts with an app of this name count. Returns an empty text if no account counts.
[[nodiscard]] std::string hint_to_other_accounts(const GlobalOptions& global,
                                                 const std::string& app = {});

/// Removes the account from `ACCOUNT/APP`. Fails with `permission` for another account than this
/// process's.
[[nodiscard]] Result<std::string> own_name(const GlobalOptions& global, const std::string& name);

}  // namespace inhaul::cli
