#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// What a command says of the apps of several accounts, made one: an app is `ACCOUNT/APP` there, a
/// deployment `ACCOUNT/NUMBER`. Pure.
namespace inhaul::cli {

/// What one of our commands has said as that account, to a pipe.
struct Told {
    std::string account;
    std::string text;
};

/// Tables with tabs between their cells, and what follows each after an empty line. A column
/// STARTED orders the rows of all, the newest first, at most `limit`.
[[nodiscard]] std::string merged_text(const std::vector<Told>& all,
                                      std::optional<std::size_t> limit, bool terminal);

/// JSON objects: lists are joined, each element with its account; deployments and orders are put in
/// order, the newest first, at most `limit` deployments. A flag holds when it does for all.
[[nodiscard]] std::string merged_json(const std::vector<Told>& all,
                                      std::optional<std::size_t> limit);

/// The value of `--limit` among options.
[[nodiscard]] std::optional<std::size_t> limit_in(const std::vector<std::string>& options);

}  // namespace inhaul::cli
