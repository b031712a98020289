// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <inhaul/ledger/ledger.hpp>
#include <inhaul/ledger/rules.hpp>

#include "database.hpp"
#include "deadlines.hpp"

/// Restrictions as rows. Caller of a writing function must hold a transaction.
namespace inhaul::ledger {

[[nodiscard]] Result<Restrictions> select_restrictions(Database& database, const AppName& app,
                                                       const Moment& now);

/// The pause lasts as long as the deadline, or forever if it has no length.
[[nodiscard]] Result<void> write_pause(Database& database, const AppName& app, const Operator& by,
                                       const Deadline& deadline);
[[nodiscard]] Result<void> delete_pause(Database& database, const AppName& app);
[[nodiscard]] Result<void> write_pin(Database& database, const AppName& app, const Pin& pin);
[[nodiscard]] Result<void> delete_pin(Database& database, const AppName& app);

[[nodiscard]] Result<std::optional<Hold>> select_hold(Database& database, const AppName& app,
                                                      const Moment& now);
[[nodiscard]] Result<void> write_hold(Database& database, const AppName& app,
                                      const std::optional<Hold>& hold, const Moment& now);

[[nodiscard]] Result<void> change_quarantine(Database& database, const AppName& app,
                                             const QuarantineChange& change);
[[nodiscard]] Result<void> lift_quarantines(Database& database, const AppName& app);

/// Deletes the oldest actions if there are too many.
[[nodiscard]] Result<void> insert_action(Database& database, const Action& action);
[[nodiscard]] Result<std::vector<Action>> select_actions(Database& database,
                                                         const std::optional<AppName>& app,
                                                         std::size_t limit);

}  // namespace inhaul::ledger
