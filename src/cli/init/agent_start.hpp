#pragma once

#include <inhaul/exit_code.hpp>
#include <inhaul/setup/installation.hpp>

#include "prompt.hpp"

/// The last steps of `inhaul init`: an app that is set up is deployed, watched and examined.
namespace inhaul::cli {

/// Whether the repository answers the account.
[[nodiscard]] bool repository_answers(const setup::InstallTarget& target, const Settings& settings);

/// The same of one that did not, once a person has added the key somewhere: they are asked, and
/// waited for. Without anybody it is told why it does not.
[[nodiscard]] bool answers_in_time(const setup::InstallTarget& target, const Settings& settings,
                                   const Prompt& prompt);

/// Runs one of our commands as the account, to its end, and shows what it says. Another account
/// gets no hold of our terminal: it could read there, or write what no one should see.
[[nodiscard]] Result<ExitCode> run_as(const setup::InstallTarget& target,
                                      std::vector<std::string> words);

}  // namespace inhaul::cli
