#pragma once

#include <functional>
#include <string_view>

#include <inhaul/exit_code.hpp>
#include <inhaul/util/process.hpp>

namespace inhaul::cli {

/// Called with each line, its end included; the last one may have none.
using OnLine = std::function<void(std::string_view)>;

struct Passed {
    ExitCode code = ExitCode::done;
    bool interrupted = false;  ///< by a signal to us: nothing more is to be begun
};

/// Runs one of our commands in a child to its end, and hands on what it says as it says it: its
/// standard output by line, its standard error to ours. The child has no terminal. SIGINT, SIGTERM
/// and SIGHUP end it as they would end the command itself, the second one at once; and so does the
/// deadline, with an error: the account may stop what runs as it.
[[nodiscard]] Result<Passed> pass_on(process::Command command, Milliseconds deadline,
                                     const OnLine& on_line);

/// For what only looks, and for what looks at other hosts too.
constexpr Milliseconds looking_deadline{60'000};
constexpr Milliseconds examining_deadline{15 * 60'000};
/// For deployments, which have deadlines of their own.
constexpr Milliseconds deploying_deadline{24 * 60 * 60'000};

/// Shows a line of another account's: on a terminal without what could do anything there.
void print_line_of_another(std::string_view line);

}  // namespace inhaul::cli
