// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <inhaul/ledger/ledger.hpp>

#include "database.hpp"

/// Relays and their events as rows.
namespace inhaul::ledger {

[[nodiscard]] Result<Relay> select_relay(Database& database, const AppName& app);
[[nodiscard]] Result<void> write_relay(Database& database, const AppName& app, const Relay& relay);

/// Returns false if it exists already. Deletes the oldest events if the app has too many.
[[nodiscard]] Result<bool> insert_event(Database& database, const AppName& app,
                                        const std::string& key, TimePoint now);

}  // namespace inhaul::ledger
