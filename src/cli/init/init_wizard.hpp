#pragma once

#include <optional>
#include <string>
#include <vector>

#include <inhaul/setup/installation.hpp>
#include <inhaul/setup/new_app.hpp>

#include <cli/cli.hpp>
#include "prompt.hpp"

namespace inhaul::cli {

/// What `inhaul init` is to set up: what it was told, what it found, and what was answered.
struct Answers {
    setup::InstallTarget target;
    setup::NewApp app;
    std::optional<Settings> there;            ///< the settings that it has already
    std::string written;                      ///< and the text of their file
    std::optional<std::string> relay_server;  ///< a channel is to be begun there
};

/// Looks around, and asks the person for the rest; without one, an error names everything that is
/// missing, and the option that says it.
[[nodiscard]] Result<Answers> run_init_wizard(const GlobalOptions& global,
                                              const InitOptions& options, const Prompt& prompt);

}  // namespace inhaul::cli
