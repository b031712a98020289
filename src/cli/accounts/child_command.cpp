// SPDX-License-Identifier: Apache-2.0
#include "child_command.hpp"

#include <array>
#include <csignal>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/util/clock.hpp>
#include <inhaul/util/text.hpp>

#include <cli/output/console.hpp>

namespace inhaul::cli {
namespace {

constexpr std::size_t longest_line = 2000;
/// Limit for a line without an end.
constexpr std::size_t most_held = 16UL << 20U;

FileDescriptor termination_signals() {
    ::sigset_t set;
    ::sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP})
        ::sigaddset(&set, number);
    return FileDescriptor{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
}

/// Output that has been read and not yet passed on.
class Lines {
public:
    explicit Lines(OnLine on_line) : on_line_(std::move(on_line)) {}
    [[nodiscard]] std::string& held() { return held_; }
    void hand_on(bool all) {
        std::size_t begun = 0;
        for (auto end = held_.find('\n'); end != std::string::npos; end = held_.find('\n', begun)) {
            on_line_(std::string_view{held_}.substr(begun, end + 1 - begun));
            begun = end + 1;
        }
        held_.erase(0, begun);
        if (!all || held_.empty()) return;
        on_line_(held_);
        held_.clear();
    }

private:
    OnLine on_line_;
    std::string held_;
};

void print_error_of_another(std::string_view line) {
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    print_error_line(terminal ? printable(trimmed(line), longest_line) + "\n" : std::string{line});
}

ExitCode code_of(process::ExitStatus status) {
    return status.signal == 0 ? static_cast<ExitCode>(status.code) : ExitCode::failed;
}

}  // namespace

Result<ChildResult> pass_on(process::Command command, Milliseconds deadline,
                            const OnLine& on_line) {
    command.capture_stdout = true;
    command.capture_stderr = true;
    const process::SignalBlocker blocker;
    const auto signals = termination_signals();
    // Others may read the child's files, as the files of its agent; root's own umask may be strict.
    const auto umask_before = ::umask(022);
    auto spawned = process::Child::spawn(command);
    ::umask(umask_before);
    auto child = TRY(std::move(spawned));
    Lines output{on_line};
    Lines errors{print_error_of_another};
    const auto until = system_clock().steady() + deadline;
    for (bool terminated = false;;) {
        const auto left = until - system_clock().steady();
        if (left <= Milliseconds{0})
            return fail(ErrorCode::timeout, "not finished within " + format_duration(deadline));
        std::array<::pollfd, 4> waited{{{child.pidfd(), POLLIN, 0},
                                        {child.output(), POLLIN, 0},
                                        {child.errors(), POLLIN, 0},
                                        {signals.get(), POLLIN, 0}}};
        ::poll(waited.data(), waited.size(),
               static_cast<int>(std::chrono::ceil<Milliseconds>(left).count()));
        struct ::signalfd_siginfo info {};
        if (waited[3].revents != 0 && ::read(signals.get(), &info, sizeof info) > 0)
            child.signal(std::exchange(terminated, true) ? SIGKILL : SIGTERM);
        child.drain(output.held(), most_held);
        child.drain_errors(errors.held(), most_held);
        const bool ended = waited[0].revents != 0;
        output.hand_on(ended);
        errors.hand_on(ended);
        if (ended)
            return ChildResult{code_of(child.poll().value_or(process::ExitStatus{.code = 1})),
                               terminated};
    }
}

void print_line_of_another(std::string_view line) {
    if (::isatty(STDOUT_FILENO) != 1) return print(line);
    if (line.ends_with('\n')) line.remove_suffix(1);
    std::string shown;
    constexpr auto all = std::string_view::npos;
    for (auto tab = line.find('\t'); tab != all; tab = line.find('\t')) {
        shown += printable(line.substr(0, tab), all) + "\t";
        line.remove_prefix(tab + 1);
    }
    print(shown + printable(line, all) + "\n");
}

}  // namespace inhaul::cli
