#pragma once

#include <inhaul/util/result.hpp>

namespace inhaul {

/// The exit statuses of every command; stable, scripts rely on them.
enum class ExitCode : int {
    done = 0,            ///< done, or nothing to do
    failed = 1,          ///< a deployment or command failed
    usage = 2,           ///< the command line is wrong
    refused = 3,         ///< a policy said no, or the app is paused
    locked = 4,          ///< another deployment of this app holds the lock
    try_later = 75,      ///< nothing is wrong here that time may not mend (EX_TEMPFAIL)
    configuration = 78,  ///< a settings file is wrong (EX_CONFIG)
};

/// The status for an error that ends a command.
[[nodiscard]] ExitCode exit_code_for(const Error& error);

/// The graver of two, for a command about several apps.
[[nodiscard]] ExitCode more_severe(ExitCode one, ExitCode other);

}  // namespace inhaul
