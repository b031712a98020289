#pragma once

#include <memory>
#include <string>

#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

/// The app's service. Blocking, each call with a deadline; for a worker process.
namespace inhaul::service {

/// The port that deploy speaks to.
class Service {
public:
    virtual ~Service() = default;

    /// There is something to restart.
    [[nodiscard]] virtual bool restartable() const = 0;
    /// A name for one run of the service that changes with each start; empty when it does not run,
    /// or when that cannot be told (a command).
    [[nodiscard]] virtual Result<std::string> invocation() = 0;
    /// Restarts and waits for the result of that. An error says what the unit or command did, or
    /// what permission is missing and how it is given.
    [[nodiscard]] virtual Result<void> restart() = 0;
    /// Whether restart() would be let do it, asked without restarting anything.
    [[nodiscard]] virtual Result<void> may_restart() = 0;
    /// Watches for the settle time that the service stays as it was started: still `invocation`
    /// (any, when that is empty), still active. A oneshot unit that ended well is well.
    [[nodiscard]] virtual Result<void> settle(const std::string& invocation) = 0;
    /// The same without waiting: as it stands now.
    [[nodiscard]] virtual Result<void> check(const std::string& invocation) = 0;
};

/// For the settings' kind of service. `refused` when this process runs inside the very unit that it
/// would restart.
[[nodiscard]] Result<std::unique_ptr<Service>> service_for(const Settings& settings);

}  // namespace inhaul::service
