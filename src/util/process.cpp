#include <inhaul/util/process.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process_groups.hpp"

namespace inhaul::process {
namespace {

constexpr std::size_t output_limit = 64 * 1024;
constexpr Milliseconds grace{2'000};

struct Pipe {
    FileDescriptor read_end;
    FileDescriptor write_end;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(system_error(errno, "make a pipe"));
    return Pipe{FileDescriptor{ends[0]}, FileDescriptor{ends[1]}};
}

/// argv and the environment as exec wants them, made before the fork.
class Words {
public:
    explicit Words(std::vector<std::string> words) : words_(std::move(words)) {
        for (auto& word : words_)
            pointers_.push_back(word.data());
        pointers_.push_back(nullptr);
    }
    [[nodiscard]] char* const* get() { return pointers_.data(); }

private:
    std::vector<std::string> words_;
    std::vector<char*> pointers_;
};

std::vector<std::string> environment_of(const Command& command) {
    std::vector<std::string> words;
    for (char** entry = command.clean_environment ? nullptr : ::environ;
         entry != nullptr && *entry != nullptr; ++entry)
        words.emplace_back(*entry);
    for (const auto& [name, value] : command.environment) {
        const auto prefix = name + "=";
        std::erase_if(words, [&](const std::string& word) { return word.starts_with(prefix); });
        words.push_back(prefix + value);
    }
    return words;
}

/// What the child does between fork and exec: system calls only.
struct ChildSide {
    char* const* argv;
    char* const* environment;
    const char* directory;
    int standard_in;
    int standard_out;
    int standard_error;
    pid_t parent;

    /// Returns only when it failed, with errno.
    void become() const noexcept {
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(127);  // the parent died before that took hold
        reset_signals();
        const int input =
            standard_in >= 0 ? standard_in : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (input < 0 || ::dup2(input, STDIN_FILENO) < 0) return;
        if (standard_out >= 0 && ::dup2(standard_out, STDOUT_FILENO) < 0) return;
        if (standard_error >= 0 && ::dup2(standard_error, STDERR_FILENO) < 0) return;
        if (directory != nullptr && ::chdir(directory) != 0) return;
        ::execvpe(argv[0], argv, environment);
    }

    static void reset_signals() noexcept {
        ::sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        for (const int number : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGALRM, SIGCHLD})
            ::signal(number, SIG_DFL);  // NOLINT(cert-err33-c)
    }
};

/// The error that a child reports when its exec fails; nothing when the exec closed the pipe.
Result<void> await_exec(const FileDescriptor& report, const Command& command) {
    int number = 0;
    ssize_t size = 0;
    do {
        size = ::read(report.get(), &number, sizeof number);
    } while (size < 0 && errno == EINTR);
    if (size == 0) return {};
    return fail(system_error(number, fmt::format("run {}", command.argv.front())));
}

ExitStatus status_from(int wait_status) {
    if (WIFSIGNALED(wait_status)) return {.code = 0, .signal = WTERMSIG(wait_status)};
    return {.code = WEXITSTATUS(wait_status), .signal = 0};
}

void drain_pipe(FileDescriptor& pipe, std::string& into, std::size_t limit) {
    if (!pipe) return;
    std::array<char, 4096> part{};
    for (;;) {
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

/// Waits for output or the end; false when `until` passed first.
bool wait_until(Child& child, SteadyPoint until, std::string& output) {
    for (;;) {
        std::array<::pollfd, 2> waited{{{child.pidfd(), POLLIN, 0}, {child.output(), POLLIN, 0}}};
        const int ready = ::poll(waited.data(), waited.size(), remaining(until));
        if (ready < 0 && errno != EINTR) return false;
        child.drain(output, output_limit);
        if (waited[0].revents != 0) return true;
        if (ready == 0) return false;
    }
}

}  // namespace

std::string describe(ExitStatus status) {
    if (status.signal == 0) return fmt::format("exit status {}", status.code);
    const char* const name = ::sigabbrev_np(status.signal);
    return name == nullptr ? fmt::format("killed by signal {}", status.signal)
                           : fmt::format("killed by SIG{}", name);
}

Result<Child> Child::spawn(const Command& command) {
    if (command.argv.empty()) return fail(ErrorCode::internal, "run a command: it has no words");
    auto report = TRY(make_pipe());
    Pipe output;
    Pipe errors;
    Pipe input;
    if (command.capture_output || command.capture_stdout) output = TRY(make_pipe());
    if (command.capture_stderr) errors = TRY(make_pipe());
    if (command.pipe_input) input = TRY(make_pipe());
    Words argv{command.argv};
    Words environment{environment_of(command)};
    const ChildSide side{
        .argv = argv.get(),
        .environment = environment.get(),
        .directory = command.directory ? command.directory->c_str() : nullptr,
        .standard_in = input.read_end.get(),
        .standard_out = output.write_end.get(),
        .standard_error = command.capture_output ? output.write_end.get() : errors.write_end.get(),
        .parent = ::getpid()};
    const pid_t pid = ::fork();
    if (pid < 0) return fail(system_error(errno, "start a process"));
    if (pid == 0) {
        side.become();
        const int number = errno;
        (void)!::write(report.write_end.get(), &number, sizeof number);
        ::_exit(127);
    }
    ::setpgid(pid, pid);  // whichever of the two comes first
    Child child;
    child.pid_ = pid;
    remember_group(pid);
    child.pidfd_ = FileDescriptor{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    report.write_end = {};
    TRY(await_exec(report.read_end, command));
    if (!child.pidfd_) return fail(system_error(errno, "watch a process"));
    for (const auto* end : {&output.read_end, &errors.read_end})
        if (*end) ::fcntl(end->get(), F_SETFL, O_NONBLOCK);
    child.output_ = std::move(output.read_end);
    child.errors_ = std::move(errors.read_end);
    child.input_ = std::move(input.write_end);
    return child;
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
    if (pid_ < 0 || reaped_ || ::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    reaped_ = true;
    forget_group(pid_);
    return status_from(status);
}

void Child::drain(std::string& into, std::size_t limit) {
    drain_pipe(output_, into, limit);
}

void Child::drain_errors(std::string& into, std::size_t limit) {
    drain_pipe(errors_, into, limit);
}

Result<Finished> run(const Command& command, Milliseconds deadline) {
    auto child = TRY(Child::spawn(command));
    Finished finished;
    const auto until = system_clock().steady() + deadline;
    if (wait_until(child, until, finished.output)) {
        finished.status = child.poll().value_or(ExitStatus{});
        child.drain(finished.output, output_limit);
        return finished;
    }
    child.signal(SIGTERM);
    (void)wait_until(child, system_clock().steady() + grace, finished.output);
    return fail(ErrorCode::timeout, fmt::format("run {}: not done within {}", command.argv.front(),
                                                format_duration(deadline)));
}

Result<std::filesystem::path> own_executable() {
    std::error_code error;
    auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return fail(system_error(error.value(), "find the own executable"));
    return path;
}

}  // namespace inhaul::process
