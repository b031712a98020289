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

/// A call that was answered by an error, or not at all.
struct CallError {
    std::string name;  ///< org.freedesktop.DBus.Error.AccessDenied, …
    std::string text;
    int number = 0;  ///< errno
};
/// What it means when nothing more special is known: the bus or the peer is gone (transient), no
/// answer in time, or the peer's own words.
[[nodiscard]] Error to_error(const CallError& error);

/// The other side's object and what is asked of it.
struct Method {
    std::string path;
    const char* interface;
    const char* member;
};

/// A signal that one listens for. Ends with its owner.
struct Subscription {
    using OnSignal = std::function<void(sd_bus_message*)>;
    std::unique_ptr<OnSignal> on_signal;
    Slot slot;  // after on_signal: it goes first
};

/// A connection to systemd over the system's or the account's bus.
class Bus {
public:
    /// An error, transient, when there is no such bus now.
    [[nodiscard]] static Result<Bus> open(SystemdUnit::Scope scope);

    /// Calls systemd and waits for its answer. `types` are D-Bus's for the arguments.
    template <class... Arguments>
    [[nodiscard]] tl::expected<Message, CallError> call(const Method& method, Milliseconds patience,
                                                        const char* types, Arguments... arguments) {
        auto message = prepare(method);
        const int appended = ::sd_bus_message_append(message.get(), types, arguments...);
        return send(message, patience, appended);
    }

    /// From now on `on_signal` is called from within wait() for each such signal of systemd.
    [[nodiscard]] Result<Subscription> listen(const Method& signal,
                                              Subscription::OnSignal on_signal);

    /// Waits until `enough` says so after a signal: true; or until the time has come: false.
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
