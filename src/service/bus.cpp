// SPDX-License-Identifier: Apache-2.0
#include "bus.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/account.hpp>
#include <inhaul/util/sandbox.hpp>

namespace inhaul::service {
namespace {

constexpr const char* peer = "org.freedesktop.systemd1";

constexpr std::uint64_t microseconds(Milliseconds duration) {
    return static_cast<std::uint64_t>(std::max<Milliseconds::rep>(duration.count(), 0)) * 1000;
}

/// The error of an sd-bus call.
struct Answer {
    sd_bus_error error{nullptr, nullptr, 0};
    Answer() = default;
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;
    ~Answer() { ::sd_bus_error_free(&error); }
};

int open_at(const std::string& address, sd_bus** bus) {
    sd_bus* made = nullptr;
    if (const int r = ::sd_bus_new(&made); r < 0) return r;
    Handle<sd_bus, sd_bus_unref> guard{made};
    if (const int r = ::sd_bus_set_address(made, address.c_str()); r < 0) return r;
    if (const int r = ::sd_bus_set_bus_client(made, 1); r < 0) return r;
    if (const int r = ::sd_bus_start(made); r < 0) return r;
    *bus = guard.release();
    return 0;
}

/// A system service or a cron job has no XDG_RUNTIME_DIR, but its account's bus may exist. Root
/// that acts as another account has root's XDG_RUNTIME_DIR.
int open_user(sd_bus** bus, unsigned uid) {
    const bool another = ::geteuid() != ::getuid();
    const int r = another ? -ENOMEDIUM : ::sd_bus_open_user(bus);
    if (r != -ENOMEDIUM) return r;
    return open_at("unix:path=" + (account::runtime_directory(uid) / "bus").string(), bus);
}

tl::unexpected<Error> unreachable(int number, std::string_view bus, std::string hint) {
    auto error = system_error(number, fmt::format("connect to the {} bus", bus));
    error.code = ErrorCode::network;
    error.hint = std::move(hint);
    error.transient = true;
    return fail(std::move(error));
}

/// The hint for an unreachable bus of the account's user manager.
std::string hint_for_bus(const std::string& account) {
    const auto lingers = fmt::format(
        "To keep the user manager of {0} running without a login, run: sudo loginctl enable-linger "
        "{0}",
        account);
    const auto unit = sandbox::unit();
    if (unit.empty()) return lingers;
    return fmt::format(
        "{}\nTo permit access to it in the sandbox of {}, run `{}` and add under [Service]: "
        "InaccessiblePaths=",
        lingers, unit, sandbox::edit_command(unit));
}

bool gone(const CallError& error) {
    constexpr std::string_view prefix = "org.freedesktop.DBus.Error.";
    if (!error.name.starts_with(prefix))
        return error.number == ECONNRESET || error.number == ENOTCONN || error.number == EPIPE;
    const auto name = std::string_view{error.name}.substr(prefix.size());
    return name == "ServiceUnknown" || name == "NameHasNoOwner" || name == "Disconnected" ||
           name == "NoServer" || name.starts_with("Spawn.");
}

int trampoline(sd_bus_message* message, void* on_signal, sd_bus_error* /*error*/) noexcept {
    (*static_cast<Subscription::OnSignal*>(on_signal))(message);
    return 0;
}

}  // namespace

Error to_error(const CallError& error) {
    const auto message = "systemd reports over D-Bus: " + error.text;
    if (gone(error))
        return {ErrorCode::network, "reach systemd over D-Bus: " + error.text,
                "Check that systemd is this host's init, and that D-Bus runs.", true};
    if (error.number == ETIMEDOUT || error.name.ends_with(".NoReply"))
        return {ErrorCode::timeout, "systemd does not answer over D-Bus", {}, true};
    return {ErrorCode::failed, message};
}

Result<Bus> Bus::open(SystemdUnit::Scope scope) {
    sd_bus* bus = nullptr;
    if (scope == SystemdUnit::Scope::system) {
        if (const int r = ::sd_bus_open_system(&bus); r < 0)
            return unreachable(-r, "system",
                               "Check that systemd is this host's init, and that D-Bus runs. "
                               "Without them, set a command: restart = [\"…\"]");
        return Bus{Connection{bus}};
    }
    const auto account = TRY(account::current());
    if (const int r = open_user(&bus, account.uid); r < 0)
        return unreachable(-r, "user", hint_for_bus(account.name));
    return Bus{Connection{bus}};
}

Message Bus::prepare(const Method& method) {
    sd_bus_message* message = nullptr;
    ::sd_bus_message_new_method_call(connection_.get(), &message, peer, method.path.c_str(),
                                     method.interface, method.member);
    return Message{message};
}

tl::expected<Message, CallError> Bus::send(const Message& message, Milliseconds patience,
                                           int appended) {
    Answer answer;
    sd_bus_message* reply = nullptr;
    const int r = appended < 0 ? appended
                               : ::sd_bus_call(connection_.get(), message.get(),
                                               microseconds(patience), &answer.error, &reply);
    if (r >= 0) return Message{reply};
    if (answer.error.name == nullptr) ::sd_bus_error_set_errno(&answer.error, r);
    return tl::unexpected<CallError>{{answer.error.name == nullptr ? "" : answer.error.name,
                                      answer.error.message == nullptr ? "" : answer.error.message,
                                      -r}};
}

Result<Subscription> Bus::listen(const Method& signal, Subscription::OnSignal on_signal) {
    auto kept = std::make_unique<Subscription::OnSignal>(std::move(on_signal));
    sd_bus_slot* slot = nullptr;
    const int r = ::sd_bus_match_signal(connection_.get(), &slot, peer, signal.path.c_str(),
                                        signal.interface, signal.member, trampoline, kept.get());
    if (r < 0) return fail(to_error({"", system_error(-r, "listen").message, -r}));
    return Subscription{std::move(kept), Slot{slot}};
}

Result<bool> Bus::wait(SteadyPoint until, const std::function<bool()>& enough) {
    for (;;) {
        const int processed = ::sd_bus_process(connection_.get(), nullptr);
        if (processed < 0)
            return fail(to_error({"", system_error(-processed, "wait").message, -processed}));
        if (enough()) return true;
        if (processed > 0) continue;
        const auto left = until - system_clock().steady();
        if (left <= Milliseconds{0}) return false;
        const int r = ::sd_bus_wait(connection_.get(), microseconds(left));
        if (r < 0 && r != -EINTR) return fail(to_error({"", system_error(-r, "wait").message, -r}));
    }
}

}  // namespace inhaul::service
