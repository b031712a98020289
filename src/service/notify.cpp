// SPDX-License-Identifier: Apache-2.0
#include <inhaul/service/notify.hpp>

#include <systemd/sd-daemon.h>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

namespace inhaul::service {
namespace {

/// sd_notify(3) does nothing without $NOTIFY_SOCKET. Its failures are ignored: the manager then
/// acts on its own.
void notify(const std::string& state) {
    ::sd_notify(0, state.c_str());
}

std::optional<Milliseconds> half_of_watchdog() {
    std::uint64_t microseconds = 0;
    // Checks $WATCHDOG_PID: the watchdog is for the watcher, not for its workers.
    if (::sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
    return Milliseconds{static_cast<Milliseconds::rep>(microseconds / 2000)};
}

class SystemdNotifier final : public Notifier {
public:
    void ready() override { notify("READY=1"); }

    void reloading() override {
        // Rounded up: a manager ignores a time that is before its own request.
        const auto now = system_clock().steady().time_since_epoch() + Milliseconds{1};
        notify(
            fmt::format("RELOADING=1\nMONOTONIC_USEC={}", std::chrono::microseconds{now}.count()));
    }

    void stopping() override { notify("STOPPING=1"); }

    void status(const std::string& line) override {
        if (line == last_status_) return;
        last_status_ = line;
        notify("STATUS=" + printable(line));  // a line break would begin another assignment
    }

    [[nodiscard]] std::optional<Milliseconds> watchdog_interval() const override {
        return watchdog_interval_;
    }

    void watchdog() override {
        if (watchdog_interval_) notify("WATCHDOG=1");
    }

private:
    std::optional<Milliseconds> watchdog_interval_ = half_of_watchdog();
    std::string last_status_;
};

}  // namespace

std::unique_ptr<Notifier> notifier() {
    return std::make_unique<SystemdNotifier>();
}

}  // namespace inhaul::service
