#pragma once

#include <optional>
#include <string>

#include <cli/cli.hpp>
#include "request.hpp"

namespace inhaul::cli {

/// For root, who looks after the apps of all accounts: carries the request out as each account
/// whose apps it is about, in a child with that account's rights and environment. Nothing when this
/// process is to do it itself: it is not root, or the apps are root's own. Where it is told where
/// the settings or the state are, the account is the one whose state that is.
[[nodiscard]] std::optional<ExitCode> carry_out_for_accounts(const GlobalOptions& global,
                                                             const Request& request);

/// The account whose app this is, for root; nothing when no account has it.
struct AppOfAccount {
    unsigned uid = 0;
    std::string app;
};
[[nodiscard]] Result<std::optional<AppOfAccount>> app_of_account(const std::string& name);

}  // namespace inhaul::cli
