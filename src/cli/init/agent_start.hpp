// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <inhaul/exit_code.hpp>
#include <inhaul/setup/installation.hpp>

#include "prompt.hpp"

/// The last steps of `inhaul init`: deploy the app, start the agent, and run the doctor.
namespace inhaul::cli {

/// Returns whether the account can read the repository.
[[nodiscard]] bool can_read_repository(const setup::InstallTarget& target,
                                       const Settings& settings);

/// Waits until the operator has added the key, and checks again whenever they press Enter. Without
/// a terminal, checks once and prints the error.
[[nodiscard]] bool wait_for_repository(const setup::InstallTarget& target, const Settings& settings,
                                       const Prompt& prompt);

/// Runs one of our commands as the account, and prints its output. The account gets no access to
/// our terminal: it could read from it, or write control sequences to it.
[[nodiscard]] Result<ExitCode> run_as(const setup::InstallTarget& target,
                                      std::vector<std::string> words);

/// Keeps the account's user manager running without a login. If that fails, prints the
/// consequence `otherwise` and returns false.
bool keep_manager(const setup::InstallTarget& target, std::string_view otherwise);

/// Enables and starts the agent, or the timer in its place, and prints when it starts again.
[[nodiscard]] Result<void> start_agent(const setup::InstallTarget& target, bool restart);

}  // namespace inhaul::cli
