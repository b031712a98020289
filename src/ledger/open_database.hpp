#pragma once

#include <filesystem>
#include <optional>

#include "database.hpp"

namespace inhaul::ledger {

/// The ledger in the state directory, made or migrated where that is needed, and looked at.
[[nodiscard]] Result<Database> open_database(const std::filesystem::path& state_directory);
/// Likewise, changing nothing; nothing when there is no ledger.
[[nodiscard]] Result<std::optional<Database>> open_database_to_read(
    const std::filesystem::path& state_directory);

}  // namespace inhaul::ledger
