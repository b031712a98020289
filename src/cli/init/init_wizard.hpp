// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <inhaul/setup/install_plan.hpp>

#include <cli/cli.hpp>
#include "prompt.hpp"

namespace inhaul::cli {

/// The app to set up: from options, from the host, and from the operator's answers.
struct Answers {
    setup::InstallRequest request;
    std::optional<std::string> relay_server;  ///< where a channel is to be created
};

/// Inspects the host, and asks the operator for the rest. Without a terminal, fails and names each
/// missing option.
[[nodiscard]] Result<Answers> run_init_wizard(const GlobalOptions& global,
                                              const InitOptions& options, const Prompt& prompt);

}  // namespace inhaul::cli
