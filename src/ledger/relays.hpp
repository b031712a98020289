#pragma once

#include <string>

#include <inhaul/ledger/ledger.hpp>

#include "database.hpp"

/// What is known of relays and their events as rows.
namespace inhaul::ledger {

[[nodiscard]] Result<Relay> select_relay(Database& database, const AppName& app);
[[nodiscard]] Result<void> write_relay(Database& database, const AppName& app, const Relay& relay);

/// False when it is there already. Drops the oldest of an app that has too many.
[[nodiscard]] Result<bool> insert_event(Database& database, const AppName& app,
                                        const std::string& key, TimePoint now);

}  // namespace inhaul::ledger
