// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/result.hpp>

/// The app's service. Calls block until their deadline, so they are for a worker process.
namespace inhaul::service {

/// A healthy unit that does not run.
struct StoppedUnit {
    enum class Why {
        stopped,   ///< it will run again: after a boot, or if another unit needs it
        disabled,  ///< an operator has disabled it
        masked,    ///< an operator has masked it: it cannot be started
    };
    std::string unit;  ///< its name in the settings
    Why why = Why::stopped;
    std::string start_command;  ///< the command that starts it permanently
};
[[nodiscard]] std::string_view to_string(StoppedUnit::Why why);

/// One unit before a deployment, for doctor and the dry run.
struct UnitCheck {
    std::string unit;            ///< its Id, also if the settings name an alias
    std::optional<Error> fault;  ///< why a restart would fail
    std::optional<Error> limit;  ///< why its start limit cannot be reset
    std::string trigger;         ///< the path unit and its file that restart it; empty: D-Bus does
    bool runs = false;
    std::optional<StoppedUnit> stopped;
    std::string user;                   ///< its account; empty: the account of its manager
    std::filesystem::path directory;    ///< its working directory; empty if not set
    std::string logs;                   ///< the command that shows its log
    std::optional<Milliseconds> bound;  ///< the longest restart by its own timeouts
};

/// The end of a unit's log since its last restart.
struct UnitLog {
    std::string unit;
    std::string text;        ///< its newest lines, escaped; empty if there are none
    std::string unreadable;  ///< why this account cannot read it, with a hint
};

/// The port for the logs of a failed start.
class StartLog {
public:
    virtual ~StartLog() = default;
    /// Returns the log of each unit. Empty for a command, whose output is in the error.
    [[nodiscard]] virtual std::vector<UnitLog> start_log() = 0;
};

/// The port for deploy.
///
/// Errors of the deployed commit have the code `failed` or `timeout`. Errors of the host have the
/// code `host`, `permission`, `not_found`, `network` or `refused`. The code `host` means a masked
/// unit, a start limit that could not be reset, or a cancelled job.
class Service : public StartLog {
public:
    /// Returns true if the app has a unit or a command to restart.
    [[nodiscard]] virtual bool restartable() const = 0;
    /// Returns the units that do not run now although they are healthy. Never returns a unit of
    /// type oneshot.
    [[nodiscard]] virtual Result<std::vector<StoppedUnit>> stopped_units() = 0;
    /// Excludes these units, by their names in the settings, from all later restarts and watches.
    virtual void exclude(const std::vector<std::string>& units) = 0;

    /// Returns a text that identifies the current runs of the units. It changes with each start. It
    /// is empty if no unit runs, and for a command.
    [[nodiscard]] virtual Result<std::string> invocation() = 0;
    enum class Extent {
        all,
        rest,  ///< after a killed restart: the units whose run is still the run in `before`
    };
    /// Restarts, waits for the result, and returns the new invocation(). Fails with the result of
    /// the unit or command, or with the missing permission and how to grant it. `environment` is
    /// the whole environment of a command.
    [[nodiscard]] virtual Result<std::string> restart(const std::string& before, Extent extent,
                                                      const process::Environment& environment) = 0;
    /// Watches the units for the settle time. Fails if one leaves its run of `invocation` (if that
    /// is empty: its current run) or is not active. A oneshot unit may end successfully.
    [[nodiscard]] virtual Result<void> settle(const std::string& invocation) = 0;
    /// The same for the current state, without a wait.
    [[nodiscard]] virtual Result<void> check(const std::string& invocation) = 0;

    /// Returns the state of each unit without a visible change. Fails if systemd cannot be queried.
    [[nodiscard]] virtual Result<std::vector<UnitCheck>> examine() = 0;
};

/// Returns true if a unit has not started since: its run is the same in two texts of invocation().
[[nodiscard]] bool has_unchanged_run(std::string_view before, std::string_view now);

/// Returns the service for these settings. Fails with `refused` if this process runs inside a unit
/// that it would restart.
[[nodiscard]] Result<std::unique_ptr<Service>> service_for(const Settings& settings);

}  // namespace inhaul::service
