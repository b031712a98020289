// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/process.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "close_on_exec.hpp"
#include "process_groups.hpp"

namespace inhaul::process {
namespace {

constexpr std::size_t output_limit = 64 * 1024;
constexpr Milliseconds grace{2'000};
/// More than a pipe holds, so that all output of an ended child is read. It is limited because a
/// child that prints faster than we read must not hide its deadline.
constexpr int parts_at_once = 64;
/// For a child that was reaped elsewhere. Its status is unknown, so it counts as a failure.
constexpr ExitStatus end_unknown{.code = 255, .signal = 0};

ExitStatus status_from(int wait_status) {
    if (WIFSIGNALED(wait_status)) return {.code = 0, .signal = WTERMSIG(wait_status)};
    return {.code = WEXITSTATUS(wait_status), .signal = 0};
}

void drain_pipe(FileDescriptor& pipe, std::string& into, std::size_t limit) {
    if (!pipe) return;
    std::array<char, 4096> part{};
    for (int parts = 0; parts < parts_at_once; ++parts) {
        const auto size = ::read(pipe.get(), part.data(), part.size());
        if (size < 0 && errno == EINTR) continue;
        if (size == 0) pipe = {};
        if (size <= 0) return;
        into.append(part.data(), static_cast<std::size_t>(size));
        if (into.size() > limit) into.erase(0, into.size() - limit);
    }
}

int remaining(SteadyPoint until) {
    const auto left = (until - system_clock().steady()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000'000));
}

/// Collects output until the child ends. Returns false if `until` passes first.
Result<bool> wait_until(Child& child, SteadyPoint until, std::string& output, std::string& errors) {
    for (;;) {
        std::array<::pollfd, 3> waited{
            {{child.pidfd(), POLLIN, 0}, {child.output(), POLLIN, 0}, {child.errors(), POLLIN, 0}}};
        const int ready = ::poll(waited.data(), waited.size(), remaining(until));
        if (ready < 0 && errno != EINTR) return fail(system_error(errno, "wait for a process"));
        child.drain(output, output_limit);
        child.drain_errors(errors, output_limit);
        if (waited[0].revents != 0) return true;
        if (system_clock().steady() >= until) return false;
    }
}

::sigset_t stopping_signals() {
    ::sigset_t set;
    ::sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP})
        ::sigaddset(&set, number);
    return set;
}

}  // namespace

void open_missing_standard_files() {
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(standard, F_GETFD) < 0)
            (void)::open("/dev/null", standard == STDIN_FILENO ? O_RDONLY : O_WRONLY);
}

std::string describe(ExitStatus status) {
    if (status.signal == 0) return fmt::format("exit status {}", status.code);
    const char* const name = ::sigabbrev_np(status.signal);
    return name == nullptr ? fmt::format("killed by signal {}", status.signal)
                           : fmt::format("killed by SIG{}", name);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)),
      input_(std::move(other.input_)),
      reaped_(other.reaped_) {}

Child& Child::operator=(Child&& other) noexcept {
    Child old{std::move(*this)};
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
    output_ = std::move(other.output_);
    errors_ = std::move(other.errors_);
    input_ = std::move(other.input_);
    reaped_ = other.reaped_;
    return *this;
}

Child::~Child() {
    if (pid_ < 0 || reaped_) return;
    signal(SIGKILL);
    ::kill(pid_, SIGKILL);  // before its setsid() it has no group
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    forget_group(pid_);
}

void Child::signal(int number) const {
    if (pid_ > 0 && !reaped_) ::kill(-pid_, number);
}

std::optional<ExitStatus> Child::poll() {
    int status = 0;
    if (pid_ < 0 || reaped_) return std::nullopt;
    const pid_t waited = ::waitpid(pid_, &status, WNOHANG);
    if (waited == 0) return std::nullopt;
    reaped_ = true;
    forget_group(pid_);
    return waited == pid_ ? status_from(status) : end_unknown;
}

void Child::drain(std::string& into, std::size_t limit) {
    drain_pipe(output_, into, limit);
}

void Child::drain_errors(std::string& into, std::size_t limit) {
    drain_pipe(errors_, into, limit);
}

Result<Finished> run(const Command& command, Milliseconds deadline) {
    Finished finished;
    finished.status = TRY(run(command, deadline, &finished.output, &finished.errors));
    return finished;
}

Result<ExitStatus> run(const Command& command, Milliseconds deadline, std::string* output,
                       std::string* errors) {
    std::string dropped;
    auto& said = errors != nullptr ? *errors : dropped;
    auto child = TRY(Child::spawn(command));
    const auto until = system_clock().steady() + deadline;
    if (TRY(wait_until(child, until, *output, said))) {
        const auto status = child.poll().value_or(end_unknown);
        child.drain(*output, output_limit);
        child.drain_errors(said, output_limit);
        return status;
    }
    child.signal(SIGTERM);
    (void)wait_until(child, system_clock().steady() + grace, *output, said);
    return fail(ErrorCode::timeout, fmt::format("run {}: not finished within {}",
                                                command.argv.front(), format_duration(deadline)));
}

SignalBlocker::SignalBlocker() {
    const auto set = stopping_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

SignalBlocker::~SignalBlocker() {
    const auto set = stopping_signals();
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

bool SignalBlocker::asked_to_stop() const {
    ::sigset_t pending;
    ::sigpending(&pending);
    return ::sigismember(&pending, SIGINT) == 1 || ::sigismember(&pending, SIGTERM) == 1 ||
           ::sigismember(&pending, SIGHUP) == 1;
}

Error exec_program(const std::vector<std::string>& argv) {
    std::vector<char*> words;
    for (const auto& word : argv)
        words.push_back(const_cast<char*>(word.c_str()));  // execvp does not change them
    words.push_back(nullptr);
    close_all_on_exec();
    ::execvp(words.front(), words.data());
    return system_error(errno, "run " + argv.front());
}

Result<std::filesystem::path> own_executable() {
    std::error_code error;
    auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return fail(system_error(error.value(), "find the executable of this process"));
    // The kernel appends this after an upgrade has replaced the file. The path then has the new
    // one.
    constexpr std::string_view suffix{" (deleted)"};
    if (auto name = path.string();
        name.ends_with(suffix) && !std::filesystem::equivalent(path, "/proc/self/exe", error)) {
        name.resize(name.size() - suffix.size());
        path = name;
    }
    return path;
}

}  // namespace inhaul::process
