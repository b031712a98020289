// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "database.hpp"

namespace inhaul::ledger {

/// Opens the ledger in the state directory. Creates or migrates it if necessary, and checks it.
[[nodiscard]] Result<Database> open_database(const std::filesystem::path& state_directory);
/// Opens it without any change. Returns nothing if there is no ledger.
[[nodiscard]] Result<std::optional<Database>> open_database_to_read(
    const std::filesystem::path& state_directory);

}  // namespace inhaul::ledger
