// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/util/process.hpp>
#include <inhaul/util/result.hpp>

/// Decides whether the commit or the host caused the failure of an app's command.
namespace inhaul::process {

/// Returns true for a signal that an operator, systemd or the kernel without memory sends. A crash
/// has another signal.
[[nodiscard]] bool is_from_outside(int signal);

/// Returns the last three lines with text as one line. Commands print their reason there, and some
/// commands print a summary after it.
[[nodiscard]] std::string end_of(std::string_view output);

/// Caller must create it before the command runs: it counts the kernel's out-of-memory kills, and
/// measures the free space.
class Blame {
public:
    Blame(const std::vector<std::string>& argv, std::filesystem::path directory);

    /// Classifies, for is_commit_fault(), the error of a command that did not start or exceeded its
    /// deadline. The commit is responsible for programs that it contains; the host for all other
    /// programs, memory and processes.
    [[nodiscard]] Error of_start(Error error) const;

    /// Returns the error, with this message, of a command that failed. The commit is responsible,
    /// unless the command was killed from outside, memory ran out, or the disk is full. A disk that
    /// was already full before has the code `no_space`, which causes no rollback. If the output
    /// says that the disk is full, an almost full disk is also responsible. The output alone
    /// never decides.
    [[nodiscard]] Error of_end(ExitStatus status, std::string message,
                               std::string_view output) const;

private:
    [[nodiscard]] bool comes_with_commit() const;
    [[nodiscard]] bool has_little_space() const;

    std::filesystem::path program_;
    std::filesystem::path directory_;
    std::optional<std::uint64_t> kills_before_;
    bool full_before_ = false;
};

}  // namespace inhaul::process
