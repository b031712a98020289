#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/util/process.hpp>
#include <inhaul/util/result.hpp>

/// Whether the app or this host is to blame when a command of the app's does not end well.
namespace inhaul::process {

/// Whether a signal that ended a process comes from a person, from systemd, or from the kernel that
/// runs out of memory. A program that crashes ends by another one.
[[nodiscard]] bool is_from_outside(int signal);

/// Made before the command is run.
class Blame {
public:
    Blame(const std::vector<std::string>& argv, std::filesystem::path directory);

    /// The error of a command that could not be started, or did not end by its deadline, in terms
    /// of judges_commit(). A program that comes with the commit is the commit's; any
    /// other program, memory and processes are the host's.
    [[nodiscard]] Error of_start(Error error) const;

    /// The error, with this message, of a command that ended badly: the commit's, unless somebody
    /// else ended it, memory ran out meanwhile, or the disk is full.
    [[nodiscard]] Error of_end(ExitStatus status, std::string message,
                               std::string_view output) const;

private:
    [[nodiscard]] bool comes_with_commit() const;

    std::filesystem::path program_;
    std::filesystem::path directory_;
    std::optional<std::uint64_t> kills_before_;
};

}  // namespace inhaul::process
