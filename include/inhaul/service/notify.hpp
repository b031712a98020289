// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <inhaul/util/clock.hpp>
#include <inhaul/util/log.hpp>

namespace inhaul::service {

/// Reports to the service manager of this process (sd_notify(3)). Without a manager each call does
/// nothing.
class Notifier {
public:
    virtual ~Notifier() = default;
    virtual void ready() = 0;
    virtual void reloading() = 0;
    virtual void stopping() = 0;
    /// Sets the line that `systemctl status` shows. Sends it only if it has changed.
    virtual void status(const std::string& line) = 0;
    /// Returns the longest time between calls of watchdog(): half of the manager's timeout. Returns
    /// nothing if the manager has no watchdog.
    [[nodiscard]] virtual std::optional<Milliseconds> watchdog_interval() const = 0;
    virtual void watchdog() = 0;
};
[[nodiscard]] std::unique_ptr<Notifier> notifier();

/// Returns a sink that writes to the journal with fields (INHAUL_APP=…). Returns an empty one if
/// standard error is not connected to the journal ($JOURNAL_STREAM).
[[nodiscard]] log::Sink journal_sink();

}  // namespace inhaul::service
