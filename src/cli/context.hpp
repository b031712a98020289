#pragma once

#include <optional>
#include <string>
#include <vector>

#include <inhaul/config/config.hpp>

#include "cli.hpp"

namespace inhaul::cli {

/// The settings of an account as a command finds them.
struct Context {
    GlobalOptions global;
    config::Places places;
    config::Loaded loaded;

    /// The app of that name, ACCOUNT/APP with this account as well; an error names what is wrong
    /// with its file, which account has it, or the nearest name.
    [[nodiscard]] Result<Settings> app(const std::string& name) const;
};

[[nodiscard]] Result<Context> context(const GlobalOptions& global);

/// An error for who has no settings where other accounts do: it names them.
[[nodiscard]] Result<void> check_has_apps(const GlobalOptions& global,
                                          const config::Places& places);

/// The apps of these names, or all when none is named.
[[nodiscard]] Result<std::vector<Settings>> chosen(const Context& context,
                                                   const std::vector<std::string>& names);

/// Prints an error and returns its exit status.
[[nodiscard]] ExitCode report(const Error& error);
/// Prints every problem to standard error.
void print_problems(const std::vector<config::Problem>& problems);

/// Below the state directory: the lock of one app's deployments, and that of the watcher.
[[nodiscard]] std::filesystem::path app_lock(const config::Places& places, const AppName& app);
[[nodiscard]] std::filesystem::path watcher_lock(const config::Places& places);
/// Whether systemd's timer for this account, which starts `inhaul once`, is enabled.
[[nodiscard]] bool timer_enabled(const config::Places& places);
/// Makes the state directory with the modes that it needs.
[[nodiscard]] Result<void> make_state(const config::Places& places);

}  // namespace inhaul::cli
