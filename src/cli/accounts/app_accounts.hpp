#pragma once

#include <string>
#include <vector>

#include <inhaul/config/config.hpp>
#include <inhaul/util/account.hpp>

#include <cli/cli.hpp>

/// Who deploys apps on this host. Only names of files are looked at, with the rights of whose they
/// are: what is in them is read by a process of that account.
namespace inhaul::cli {

/// An account that deploys apps, or did.
struct Household {
    account::Account account;
    config::Places places;
    std::vector<std::string> apps;  ///< after the names of its settings files, sorted
    bool has_ledger = false;        ///< never known of another account, unless this is root

    [[nodiscard]] bool has(const std::string& app) const;
};

/// In the order of their names: those in /etc/inhaul; for root also those with settings or a ledger
/// in their homes.
[[nodiscard]] std::vector<Household> households();

/// Directories of settings in /etc/inhaul that are called after no account: nobody deploys those.
[[nodiscard]] std::vector<std::filesystem::path> settings_of_nobody();

/// What another account is to run in place of this command: `sudo -u ACCOUNT inhaul …`. With a
/// name, that of an account which has such an app; empty when no account has any.
[[nodiscard]] std::string advice_to_ask_others(const GlobalOptions& global,
                                               const std::string& app = {});

/// `ACCOUNT/APP` without the account, where that is the one that this process acts as; refused
/// where it is another.
[[nodiscard]] Result<std::string> own_name(const GlobalOptions& global, const std::string& name);

}  // namespace inhaul::cli
