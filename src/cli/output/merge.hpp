// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// Merges the output of one command for several accounts. An app becomes `ACCOUNT/APP`, a
/// deployment `ACCOUNT/NUMBER`. Pure.
namespace inhaul::cli {

/// What an inhaul command, run as that account, printed to a pipe.
struct AccountOutput {
    std::string account;
    std::string text;
};

/// Merges tables with tabs between their cells, and the lines that follow each after an empty line.
/// With a column STARTED, the newest rows come first, at most `limit` of them.
[[nodiscard]] std::string merged_text(const std::vector<AccountOutput>& all,
                                      std::optional<std::size_t> limit, bool terminal);

/// Merges JSON objects. Lists are joined, and each element gets its account. The newest deployments
/// and operator actions come first, at most `limit` deployments. A flag is true if it is for all.
[[nodiscard]] std::string merged_json(const std::vector<AccountOutput>& all,
                                      std::optional<std::size_t> limit);

/// Returns the value of `--limit=` among the options.
[[nodiscard]] std::optional<std::size_t> limit_in(const std::vector<std::string>& options);

}  // namespace inhaul::cli
