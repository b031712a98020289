// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <inhaul/util/clock.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/process.hpp>

namespace inhaul {

/// The event loop of the agent: transfers, signals and children in one wait and one thread.
class EventLoop {
public:
    EventLoop(http::Client& client, const Clock& clock);
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Blocks these signals and passes them to `on_signal` from within run_once().
    [[nodiscard]] Result<void> catch_signals(std::initializer_list<int> signals,
                                             std::function<void(int)> on_signal);

    struct ChildLimits {
        Milliseconds deadline;      ///< then SIGTERM to the group
        Milliseconds grace{5'000};  ///< then SIGKILL to the group
    };
    struct ChildEnd {
        process::ExitStatus status;
        bool deadline_passed = false;
        std::string output;  ///< of a captured pipe, at most 64 KiB
    };
    using ChildId = std::uint64_t;
    /// Calls `on_end` once, from within run_once(), when the child has ended.
    ChildId watch(process::Child child, ChildLimits limits, std::function<void(ChildEnd)> on_end);
    /// Moves the deadline of a watched child to now. Ignores unknown numbers.
    void end(ChildId child);
    [[nodiscard]] std::size_t children() const;

    using ListenerId = std::uint64_t;
    /// Calls `act` from within run_once() when the descriptor is readable or has ended, until
    /// forget(). Caller must call forget() before it closes the descriptor.
    ListenerId listen(int descriptor, std::function<void()> act);
    /// Calls the listener's `act` also at this time, once; nothing ends that.
    void wake_at(ListenerId listener, std::optional<SteadyPoint> at);
    /// Ignores unknown numbers. A listener's own `act` may call this.
    void forget(ListenerId listener);

    /// Runs the action in the next run_once(), which then does not wait.
    void defer(std::function<void()> action);

    /// Waits for the next event, at most until `until`, and runs the due callbacks.
    void run_once(std::optional<SteadyPoint> until);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace inhaul
