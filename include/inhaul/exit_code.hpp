// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/util/result.hpp>

namespace inhaul {

/// The exit statuses of all commands. Stable: scripts rely on them.
enum class ExitCode : int {
    done = 0,            ///< done, or nothing to do
    failed = 1,          ///< a deployment or command failed
    usage = 2,           ///< the command line is wrong
    refused = 3,         ///< a gate refused the commit, or the app is paused
    locked = 4,          ///< another deployment of this app holds the lock
    try_later = 75,      ///< a retry may succeed (EX_TEMPFAIL)
    configuration = 78,  ///< a settings file is wrong (EX_CONFIG)
};

/// Returns the status for an error that ends a command.
[[nodiscard]] ExitCode exit_code_for(const Error& error);

/// Returns the more severe of two, for a command about several apps.
[[nodiscard]] ExitCode more_severe(ExitCode one, ExitCode other);

}  // namespace inhaul
