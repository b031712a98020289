// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <inhaul/exit_code.hpp>
#include <inhaul/git/existing_checkout.hpp>
#include <inhaul/head_answer.hpp>
#include <inhaul/setup/installation.hpp>
#include <inhaul/setup/new_app.hpp>
#include <inhaul/util/process.hpp>

/// Runs commands as the account that deploys. They have the same view of the host as the agent, and
/// no access to root's resources.
namespace inhaul::cli {

/// Returns the command that runs this program with these words as the account. It inherits nothing
/// of our environment except locations.
[[nodiscard]] Result<process::Command> command_of(const setup::InstallTarget& target,
                                                  std::vector<std::string> words);

/// Returns the same command for any account with apps.
[[nodiscard]] Result<process::Command> command_as(const account::Account& account,
                                                  const config::Places& places,
                                                  std::vector<std::string> words);

/// Runs the command to its end, and discards its output.
[[nodiscard]] Result<ExitCode> run_silently(const process::Command& command);

/// Returns the owner of the directory. The caller must check the path for that account.
[[nodiscard]] Result<account::Account> owner_now(const std::filesystem::path& directory);
[[nodiscard]] Error not_for_root(const std::filesystem::path& directory);
/// Fails if another account could replace the app's directory, or the nearest existing one.
[[nodiscard]] Result<void> check_path(const std::filesystem::path& directory,
                                      const setup::InstallTarget& target);
/// Returns the checkout that contains the directory. Reads it with the permissions of the
/// directory's owner and with a deadline, because its content is not trusted.
[[nodiscard]] Result<std::optional<git::Checkout>> checkout_as(
    const std::filesystem::path& directory);

/// Returns the head of the app's branch over the git protocol, with the target's settings.
[[nodiscard]] Result<HeadAnswer> head_as(const setup::InstallTarget& target,
                                         const std::string& app);

/// Returns the same for settings that are not written yet and hold no secret.
[[nodiscard]] Result<HeadAnswer> head_for_unsaved_settings(const setup::InstallTarget& target,
                                                           setup::NewApp app);

}  // namespace inhaul::cli
