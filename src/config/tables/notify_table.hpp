// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <inhaul/notifications.hpp>

#include <config/document.hpp>
#include <config/toml_table.hpp>

namespace inhaul::config {

/// Reads the tables `[notify.NAME]` of an app's file or of the account's, in the order of their
/// names.
[[nodiscard]] std::vector<NotifyTarget> read_targets(Document& document);

/// Reads the table `[otlp]` of an account's file: a target that gets traces and metrics.
[[nodiscard]] std::optional<NotifyTarget> read_otlp(Document& document);

/// Notes a problem for each file of a target that is missing, empty or readable for others.
void inspect_targets(Document& document, const std::vector<NotifyTarget>& targets);

/// Returns the table of a target with every default.
[[nodiscard]] Table table_of(const NotifyTarget& target);

}  // namespace inhaul::config
