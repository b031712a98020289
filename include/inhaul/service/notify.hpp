// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <inhaul/util/clock.hpp>
#include <inhaul/util/log.hpp>

namespace inhaul::service {

/// The service manager above this process, as sd_notify(3) speaks to it. Without one every call
/// does nothing.
class Notifier {
public:
    virtual ~Notifier() = default;
    virtual void ready() = 0;
    virtual void reloading() = 0;
    virtual void stopping() = 0;
    /// The line that `systemctl status` shows. Sent only when it differs from the last one.
    virtual void status(const std::string& line) = 0;
    /// How often watchdog() must be called at least: half of what the manager demands.
    [[nodiscard]] virtual std::optional<Milliseconds> watchdog_interval() const = 0;
    virtual void watchdog() = 0;
};
[[nodiscard]] std::unique_ptr<Notifier> notifier();

/// A sink that writes to the journal with fields (INHAUL_APP=…), if standard error leads there
/// ($JOURNAL_STREAM); nothing otherwise.
[[nodiscard]] log::Sink journal_sink();

}  // namespace inhaul::service
