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

/// The app's service. Blocking, each call with a deadline; for a worker process.
namespace inhaul::service {

/// A unit that does not run, though nothing is wrong with it.
struct Resting {
    enum class Why {
        stopped,   ///< it will run again: after the next boot, or when something needs it
        disabled,  ///< a person wants it so
        masked,    ///< likewise, and it cannot be started
    };
    std::string unit;  ///< as the settings name it
    Why why = Why::stopped;
    std::string remedy;  ///< the command that changes it for good
};
[[nodiscard]] std::string_view to_string(Resting::Why why);

/// One unit as a person looks at it before a deployment.
struct Examined {
    std::string unit;            ///< its Id, also where the settings name an alias
    std::optional<Error> fault;  ///< why it could not be restarted
    std::optional<Error> limit;  ///< why its start limit could not be lifted
    std::string trigger;         ///< what restarts it, in place of D-Bus; empty: nothing does
    bool runs = false;
    std::optional<Resting> resting;
    std::string user;                   ///< whom it runs as; empty: root, or whose manager it is
    std::filesystem::path directory;    ///< that it works in; empty when none is set
    std::string logs;                   ///< the command that shows its log
    std::optional<Milliseconds> bound;  ///< how long its own timeouts let a restart take
};

/// The port that deploy speaks to.
///
/// An error that lies with the host and not with what is deployed has a code other than `failed`
/// and `timeout`: `host` (a masked unit, a start limit that could not be lifted, a job that
/// somebody canceled), `permission`, `not_found`, `network`, `refused`.
class Service {
public:
    virtual ~Service() = default;

    /// There is something to restart.
    [[nodiscard]] virtual bool restartable() const = 0;
    /// The units that rest now. One of type oneshot never does.
    [[nodiscard]] virtual Result<std::vector<Resting>> resting() = 0;
    /// From now on these units, as the settings name them, are neither restarted nor watched.
    virtual void leave(const std::vector<std::string>& units) = 0;

    /// A name for the present runs of the units, that changes with each start; empty when nothing
    /// runs, or when that cannot be told (a command).
    [[nodiscard]] virtual Result<std::string> invocation() = 0;
    enum class Extent {
        all,
        rest,  ///< what a killed restart has left: the units that are in the run `before` still
    };
    /// Restarts, waits for the result, and returns the new invocation(). An error says what the
    /// unit or command did, or what permission is missing and how it is given. `environment` is the
    /// whole one of a command.
    [[nodiscard]] virtual Result<std::string> restart(const std::string& before, Extent extent,
                                                      const process::Environment& environment) = 0;
    /// Watches for the settle time that the units stay as they were started: still `invocation`
    /// (any, when that is empty), still active. A oneshot unit that ended well is well.
    [[nodiscard]] virtual Result<void> settle(const std::string& invocation) = 0;
    /// The same without waiting: as it stands now.
    [[nodiscard]] virtual Result<void> check(const std::string& invocation) = 0;

    /// Each unit, without changing anything that shows. An error: they cannot be looked at.
    [[nodiscard]] virtual Result<std::vector<Examined>> examine() = 0;
};

/// For the settings' kind of service. `refused` when this process runs inside the very unit that it
/// would restart.
[[nodiscard]] Result<std::unique_ptr<Service>> service_for(const Settings& settings);

}  // namespace inhaul::service
