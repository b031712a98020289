#pragma once

#include <string>
#include <vector>

#include <inhaul/exit_code.hpp>
#include <inhaul/git/checkout.hpp>
#include <inhaul/head_answer.hpp>
#include <inhaul/setup/installation.hpp>
#include <inhaul/setup/new_app.hpp>
#include <inhaul/util/process.hpp>

/// What is run for an app as the account that deploys it, so that what is found is what the agent
/// would find, and nothing of root's is in its reach.
namespace inhaul::cli {

/// This very program, with these words, as the account, and with nothing of our environment but
/// where things are.
[[nodiscard]] Result<process::Command> own_command(const setup::InstallTarget& target,
                                                   std::vector<std::string> words);

/// The same of any account that has apps.
[[nodiscard]] Result<process::Command> acting_command(const account::Account& account,
                                                      const config::Places& places,
                                                      std::vector<std::string> words);

/// Runs it to its end without showing what it says.
[[nodiscard]] Result<ExitCode> asked_quietly(const process::Command& command);

/// Whose the directory is now: to choose an account by, for which the way there is then looked at.
[[nodiscard]] Result<account::Account> owner_now(const std::filesystem::path& directory);
[[nodiscard]] Error not_for_root(const std::filesystem::path& directory);
/// The checkout that the directory is in, read with the rights of whoever owns that directory, and
/// within a time: what lies there may be anybody's.
[[nodiscard]] Result<std::optional<git::Checkout>> checkout_as(
    const std::filesystem::path& directory);

/// The head of the app's branch over the git protocol, with the settings in the seat's places.
[[nodiscard]] Result<HeadAnswer> head_as(const setup::InstallTarget& target,
                                         const std::string& app);

/// Likewise, for settings that are not written yet and hold no secret.
[[nodiscard]] Result<HeadAnswer> head_on_trial(const setup::InstallTarget& target,
                                               setup::NewApp app);

}  // namespace inhaul::cli
