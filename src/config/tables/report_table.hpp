// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <inhaul/settings.hpp>

#include <config/document.hpp>
#include <config/toml_table.hpp>

namespace inhaul::config {

/// Reads the table `[report]`. `settings`: with the repository and the token.
[[nodiscard]] std::optional<GitHubReport> read_report(Document& document, const Settings& settings);

/// Returns the table with every default.
[[nodiscard]] Table table_of(const GitHubReport& report);

}  // namespace inhaul::config
