#pragma once

#include <string>

#include <inhaul/ledger/ledger.hpp>

#include "console.hpp"

/// A deployment's parts as people read them.
namespace inhaul::cli {

[[nodiscard]] std::string short_form(const std::optional<CommitId>& commit);
/// `-` while it has none.
[[nodiscard]] std::string number_of(const ledger::Record& record);
[[nodiscard]] std::string duration_of(const ledger::Record& record);
[[nodiscard]] std::string trigger_of(const ledger::Record& record);
[[nodiscard]] Table::Cell outcome_of(const ledger::Record& record);

}  // namespace inhaul::cli
