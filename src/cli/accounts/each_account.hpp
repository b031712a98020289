// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <cli/cli.hpp>
#include "request.hpp"

namespace inhaul::cli {

/// For root, which controls the apps of all accounts. Runs the request as each account that has an
/// app of the request. Each run is a child with the account's permissions and environment. With
/// --config or --state, the account is the owner of the state. Returns nothing if this process must
/// run the request itself: it is not root, or the apps are root's own.
[[nodiscard]] std::optional<ExitCode> carry_out_for_accounts(const GlobalOptions& global,
                                                             const Request& request);

/// An app, and the account that deploys it.
struct AppOfAccount {
    unsigned uid = 0;
    std::string app;
};
/// Returns the account of APP or ACCOUNT/APP. The hint of an error has the name of the command.
[[nodiscard]] Result<std::optional<AppOfAccount>> app_of_account(const std::string& name,
                                                                 const std::string& command);

}  // namespace inhaul::cli
