// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

#include <inhaul/exit_code.hpp>
#include <inhaul/util/process.hpp>

namespace inhaul::cli {

/// Called with each line, including its newline; the last line may have none.
using OnLine = std::function<void(std::string_view)>;

struct ChildResult {
    ExitCode code = ExitCode::done;
    bool interrupted = false;  ///< by a signal to this process: the caller must start nothing more
};

/// Runs one of our commands in a child without a terminal. Passes on its standard output by line,
/// and its standard error to ours. SIGINT, SIGTERM and SIGHUP terminate the child. A second signal
/// kills it. Fails with `timeout` after the deadline, because an account can stop its processes.
[[nodiscard]] Result<ChildResult> pass_on(process::Command command, Milliseconds deadline,
                                          const OnLine& on_line);

/// For commands that read this host only, and for commands that contact other hosts too.
constexpr Milliseconds read_only_deadline{60'000};
constexpr Milliseconds examining_deadline{15 * 60'000};
/// For deployments, which have their own deadlines.
constexpr Milliseconds deploying_deadline{24 * 60 * 60'000};

/// Prints a line of another account. On a terminal, control sequences are removed.
void print_line_of_another(std::string_view line);

}  // namespace inhaul::cli
