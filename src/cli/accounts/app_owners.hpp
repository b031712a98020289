// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <inhaul/util/result.hpp>

#include "app_accounts.hpp"
#include "request.hpp"

/// Which account an app belongs to.
namespace inhaul::cli {

/// Returns the accounts with an app of this name, or the account in `ACCOUNT/APP`.
[[nodiscard]] Result<std::vector<const AppAccount*>> owners_of(const std::vector<AppAccount>& all,
                                                               const std::string& name);

/// Returns the account with this app. Fails if none or several accounts have one.
[[nodiscard]] Result<const AppAccount*> owner_of(const std::vector<AppAccount>& all,
                                                 const std::string& name, const Request& request);

/// Returns the request for each of these accounts.
[[nodiscard]] std::string hint_for_owners(const std::vector<const AppAccount*>& owners,
                                          const std::string& name, const Request& request);

}  // namespace inhaul::cli
