// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/config/config.hpp>

#include "cli.hpp"

namespace inhaul::cli {

/// How long a command that ends sends notifications. The rest waits for the next run.
inline constexpr Milliseconds send_limit{10'000};

/// The settings of an account, as a command loads them.
struct Context {
    GlobalOptions global;
    config::Places places;
    config::Loaded loaded;

    /// Returns the app of the name APP or ACCOUNT/APP, with this account. The error names the
    /// problems of its file, the account that has the app, or the nearest name.
    [[nodiscard]] Result<Settings> app(const std::string& name) const;
    /// The same for an operator's action, which a problem of this host must not prevent. Prints the
    /// problems of an app with valid settings, and returns the app.
    [[nodiscard]] Result<Settings> app_despite_problems(const std::string& name) const;
};

[[nodiscard]] Result<Context> context(const GlobalOptions& global);

/// Fails with ErrorCode::configuration if this account has no settings but others do; names them.
[[nodiscard]] Result<void> check_has_apps(const GlobalOptions& global,
                                          const config::Places& places);

/// Returns the apps of these names, or all apps if `names` is empty.
[[nodiscard]] Result<std::vector<Settings>> chosen(const Context& context,
                                                   const std::vector<std::string>& names);

/// Prints an error and returns its exit status.
[[nodiscard]] ExitCode report(const Error& error);
/// Prints every problem to standard error.
void print_problems(const std::vector<config::Problem>& problems);

/// The hint for a wrong name of an app.
[[nodiscard]] std::string list_apps();

/// Returns the error for a text that is no name of an app.
[[nodiscard]] Error invalid_app_name(std::string_view name, const std::string& hint = list_apps());

/// Returns this command line for a hint, with this option if any, such as `--wait 5m`, instead of
/// an earlier value. Root gets it with sudo.
[[nodiscard]] std::string command_with(const GlobalOptions& global, std::string_view option);

/// True if the systemd timer that starts `inhaul once` for this account is enabled.
[[nodiscard]] bool timer_enabled(const config::Places& places);
/// Creates the state directory with the modes that it needs.
[[nodiscard]] Result<void> make_state(const config::Places& places);

}  // namespace inhaul::cli
