// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/event_loop.hpp>

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <vector>

namespace inhaul {
namespace {

constexpr std::size_t output_limit = 64 * 1024;

struct Watched {
    EventLoop::ChildId id = 0;
    process::Child child;
    Milliseconds grace;
    std::optional<SteadyPoint> next_signal;  ///< none after SIGKILL
    std::function<void(EventLoop::ChildEnd)> on_end;
    bool deadline_passed = false;
    std::string output = {};
};

struct Listener {
    EventLoop::ListenerId id = 0;
    int descriptor = -1;
    std::function<void()> act;
    std::optional<SteadyPoint> wake = {};
};

}  // namespace

struct EventLoop::State {
    State(http::Client& one_client, const Clock& one_clock)
        : client(one_client), clock(one_clock) {}

    [[nodiscard]] Milliseconds patience(std::optional<SteadyPoint> until) const;
    void gather();
    [[nodiscard]] bool ready(int descriptor) const;
    void deliver_signals();
    void drain_outputs();
    void enforce_deadlines();
    void reap();
    Listener* find(ListenerId id);
    void call_listeners();
    void restore_signals();

    http::Client& client;
    const Clock& clock;
    FileDescriptor signals = {};
    sigset_t signals_before = {};
    std::function<void(int)> on_signal = {};
    std::vector<Watched> children = {};
    std::vector<Listener> listeners = {};
    ChildId last_id = 0;
    std::vector<http::Waited> waited = {};  // a member, so that an idle wait does not allocate
};

Milliseconds EventLoop::State::patience(std::optional<SteadyPoint> until) const {
    for (const auto& watched : children)
        if (watched.next_signal)
            until = until ? std::min(*until, *watched.next_signal) : *watched.next_signal;
    for (const auto& listener : listeners)
        if (listener.wake) until = until ? std::min(*until, *listener.wake) : *listener.wake;
    if (!until) return Milliseconds::max();
    return std::max(*until - clock.steady(), Milliseconds{0});
}

void EventLoop::State::gather() {
    waited.clear();
    if (signals) waited.push_back({.descriptor = signals.get()});
    for (const auto& watched : children) {
        waited.push_back({.descriptor = watched.child.pidfd()});
        if (watched.child.output() >= 0) waited.push_back({.descriptor = watched.child.output()});
    }
    for (const auto& listener : listeners)
        waited.push_back({.descriptor = listener.descriptor});
}

bool EventLoop::State::ready(int descriptor) const {
    return std::any_of(waited.begin(), waited.end(), [&](const auto& each) {
        return each.descriptor == descriptor && each.ready;
    });
}

void EventLoop::State::deliver_signals() {
    if (!signals || !ready(signals.get())) return;
    signalfd_siginfo caught{};
    while (::read(signals.get(), &caught, sizeof caught) == sizeof caught)
        on_signal(static_cast<int>(caught.ssi_signo));
}

void EventLoop::State::drain_outputs() {
    for (auto& watched : children)
        if (ready(watched.child.output())) watched.child.drain(watched.output, output_limit);
}

void EventLoop::State::enforce_deadlines() {
    const auto now = clock.steady();
    for (auto& watched : children) {
        if (!watched.next_signal || now < *watched.next_signal) continue;
        watched.child.signal(watched.deadline_passed ? SIGKILL : SIGTERM);
        if (watched.deadline_passed)
            watched.next_signal.reset();
        else
            watched.next_signal = now + watched.grace;
        watched.deadline_passed = true;
    }
}

void EventLoop::State::reap() {
    std::vector<std::pair<Watched, process::ExitStatus>> ended;
    for (auto watched = children.begin(); watched != children.end();) {
        if (!ready(watched->child.pidfd())) {
            ++watched;
            continue;
        }
        // After a deadline, kill the rest of the group as well. The leader is not reaped yet, so
        // that its number still names this group.
        if (watched->deadline_passed) watched->child.signal(SIGKILL);
        watched->child.drain(watched->output, output_limit);
        const auto status = watched->child.poll();
        if (!status) {
            ++watched;
            continue;
        }
        ended.emplace_back(std::move(*watched), *status);
        watched = children.erase(watched);
    }
    // After the loop, because a callback may start or end other children.
    for (auto& [watched, status] : ended)
        watched.on_end({status, watched.deadline_passed, std::move(watched.output)});
}

Listener* EventLoop::State::find(ListenerId id) {
    const auto found = std::find_if(listeners.begin(), listeners.end(),
                                    [&](const auto& each) { return each.id == id; });
    return found == listeners.end() ? nullptr : &*found;
}

/// Each of them may add and forget listeners.
void EventLoop::State::call_listeners() {
    if (listeners.empty()) return;
    const auto now = clock.steady();
    std::vector<ListenerId> due;
    for (auto& listener : listeners) {
        const bool late = listener.wake && *listener.wake <= now;
        if (late) listener.wake.reset();
        if (late || ready(listener.descriptor)) due.push_back(listener.id);
    }
    for (const auto id : due)
        if (const auto* const found = find(id)) {
            const auto act = found->act;
            act();
        }
}

void EventLoop::State::restore_signals() {
    if (!signals) return;
    signals = FileDescriptor{};
    ::pthread_sigmask(SIG_SETMASK, &signals_before, nullptr);
}

EventLoop::EventLoop(http::Client& client, const Clock& clock)
    : state_(std::make_unique<State>(client, clock)) {}

EventLoop::~EventLoop() {
    state_->restore_signals();
}

Result<void> EventLoop::catch_signals(std::initializer_list<int> signals,
                                      std::function<void(int)> on_signal) {
    sigset_t wanted;
    ::sigemptyset(&wanted);
    for (const int number : signals)
        ::sigaddset(&wanted, number);
    FileDescriptor descriptor{::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC)};
    if (!descriptor) return fail(system_error(errno, "make a signalfd"));
    state_->restore_signals();
    if (const int error = ::pthread_sigmask(SIG_BLOCK, &wanted, &state_->signals_before))
        return fail(system_error(error, "block signals"));
    state_->signals = std::move(descriptor);
    state_->on_signal = std::move(on_signal);
    return {};
}

EventLoop::ChildId EventLoop::watch(process::Child child, ChildLimits limits,
                                    std::function<void(ChildEnd)> on_end) {
    state_->children.push_back({.id = ++state_->last_id,
                                .child = std::move(child),
                                .grace = limits.grace,
                                .next_signal = state_->clock.steady() + limits.deadline,
                                .on_end = std::move(on_end)});
    return state_->last_id;
}

void EventLoop::end(ChildId child) {
    for (auto& watched : state_->children)
        if (watched.id == child && !watched.deadline_passed)
            watched.next_signal = state_->clock.steady();
}

std::size_t EventLoop::children() const {
    return state_->children.size();
}

EventLoop::ListenerId EventLoop::listen(int descriptor, std::function<void()> act) {
    state_->listeners.push_back(
        {.id = ++state_->last_id, .descriptor = descriptor, .act = std::move(act)});
    return state_->last_id;
}

void EventLoop::wake_at(ListenerId listener, std::optional<SteadyPoint> at) {
    if (auto* const found = state_->find(listener)) found->wake = at;
}

void EventLoop::forget(ListenerId listener) {
    std::erase_if(state_->listeners, [&](const auto& each) { return each.id == listener; });
}

void EventLoop::defer(std::function<void()> action) {
    state_->client.defer(std::move(action));
}

void EventLoop::run_once(std::optional<SteadyPoint> until) {
    state_->gather();
    state_->client.poll(state_->waited, state_->patience(until));
    state_->deliver_signals();
    state_->drain_outputs();
    state_->reap();
    state_->call_listeners();
    state_->enforce_deadlines();
}

}  // namespace inhaul
