// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-bus.h>

#include <functional>
#include <memory>
#include <string>

#include <inhaul/settings.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>

#include "handle.hpp"

namespace inhaul::service {

using Message = Handle<sd_bus_message, sd_bus_message_unref>;
using Slot = Handle<sd_bus_slot, sd_bus_slot_unref>;

/// A call that failed or had no answer.
struct CallError {
    std::string name;  ///< org.freedesktop.DBus.Error.AccessDenied, …
    std::string text;
    int number = 0;  ///< errno
};
/// Returns the general error: the bus or the peer is gone (transient), a timeout, or the peer's own
/// message.
[[nodiscard]] Error to_error(const CallError& error);

/// The peer's object and the called method.
struct Method {
    std::string path;
    const char* interface;
    const char* member;
};

/// A subscription to a signal. Ends with its owner.
struct Subscription {
    using OnSignal = std::function<void(sd_bus_message*)>;
    std::unique_ptr<OnSignal> on_signal;
    Slot slot;  // after on_signal: destroyed first
};

/// A connection to systemd over the system's or the account's bus.
class Bus {
public:
    /// Fails with a transient error if the bus does not exist now.
    [[nodiscard]] static Result<Bus> open(SystemdUnit::Scope scope);

    /// Calls systemd and waits for the answer. `types` are the D-Bus types of the arguments.
    template <class... Arguments>
    [[nodiscard]] tl::expected<Message, CallError> call(const Method& method, Milliseconds patience,
                                                        const char* types, Arguments... arguments) {
        auto message = prepare(method);
        const int appended = ::sd_bus_message_append(message.get(), types, arguments...);
        return send(message, patience, appended);
    }

    /// Makes wait() call `on_signal` for each such signal of systemd.
    [[nodiscard]] Result<Subscription> listen(const Method& signal,
                                              Subscription::OnSignal on_signal);

    /// Waits until `enough` returns true after a signal. Returns false if the time passes first.
    [[nodiscard]] Result<bool> wait(SteadyPoint until, const std::function<bool()>& enough);

private:
    using Connection = Handle<sd_bus, sd_bus_flush_close_unref>;
    explicit Bus(Connection connection) : connection_(std::move(connection)) {}
    [[nodiscard]] Message prepare(const Method& method);
    [[nodiscard]] tl::expected<Message, CallError> send(const Message& message,
                                                        Milliseconds patience, int appended);
    Connection connection_;
};

}  // namespace inhaul::service
