// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include <inhaul/util/process.hpp>
#include <inhaul/util/result.hpp>

/// Environment variables that settings name, for child processes.
namespace inhaul::environment {

/// The agent's variables with this prefix are passed on to commands, without the prefix.
inline constexpr std::string_view hook_prefix{"INHAUL_HOOK_"};

/// Returns the fault of a variable that settings or a file set. Empty for a valid variable. The
/// text never contains the value.
[[nodiscard]] std::string_view problem_of(std::string_view name, std::string_view value);

/// Returns this process's variables whose names begin with the prefix, without it. Leaves out
/// variables that problem_of() rejects.
[[nodiscard]] process::Environment with_prefix(std::string_view prefix);

/// Returns the variables of a file: NAME=VALUE on each line. Ignores blank lines and lines that
/// begin with #. Removes one pair of quotes around a value. Fails with the number of a wrong line,
/// and never with its text.
[[nodiscard]] Result<process::Environment> parse(std::string_view text);

/// Reads and parses a file. The file may hold secrets, and controls the commands. So it must be
/// private (see file::read_private()), and nobody besides root and this account may replace it.
[[nodiscard]] Result<process::Environment> read(const std::filesystem::path& file);

}  // namespace inhaul::environment
