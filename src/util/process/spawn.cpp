// SPDX-License-Identifier: Apache-2.0
// Starts child processes: the code between fork and exec.
#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <inhaul/util/process.hpp>

#include "close_on_exec.hpp"
#include "own_limits.hpp"
#include "process_groups.hpp"

namespace inhaul::process {
namespace {

struct Pipe {
    FileDescriptor read_end;
    FileDescriptor write_end;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(system_error(errno, "make a pipe"));
    return Pipe{FileDescriptor{ends[0]}, FileDescriptor{ends[1]}};
}

/// A child reads it at its own pace, or not at all: nobody waits for it.
Result<FileDescriptor> file_in_memory(std::string_view content) {
    FileDescriptor file{::memfd_create("input", MFD_CLOEXEC)};
    if (!file) return fail(system_error(errno, "make a file in memory"));
    while (!content.empty()) {
        const auto written = ::write(file.get(), content.data(), content.size());
        if (written < 0) return fail(system_error(errno, "write a file in memory"));
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

/// The pipes that the command needs. The others are empty.
struct Pipes {
    Pipe output;
    Pipe errors;
    Pipe input;
};

Result<Pipes> make_pipes(const Command& command) {
    Pipes pipes;
    if (command.capture_output || command.capture_stdout) pipes.output = TRY(make_pipe());
    if (command.capture_stderr) pipes.errors = TRY(make_pipe());
    if (command.pipe_input) pipes.input = TRY(make_pipe());
    if (command.input_file) {
        pipes.input.read_end =
            FileDescriptor{::open(command.input_file->c_str(), O_RDONLY | O_CLOEXEC)};
        if (!pipes.input.read_end)
            return fail(system_error(errno, "open " + command.input_file->string()));
    }
    if (command.input) pipes.input.read_end = TRY(file_in_memory(*command.input));
    return pipes;
}

/// argv or the environment in the form for exec, built before the fork.
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

/// The report over the pipe from a child whose exec failed.
struct Failure {
    int number = 0;
    bool in_directory = false;  ///< it could not enter its directory
};

/// The child's part between fork and exec: system calls only.
struct ChildSide {
    char* const* argv;
    char* const* environment;
    const char* directory;
    bool unbounded;
    int standard_in;
    int standard_out;
    int standard_error;
    pid_t parent;

    /// Returns only on failure.
    [[nodiscard]] Failure exec_program() const noexcept {
        // Detach it from our terminal, so that it can neither prompt nor type there.
        ::setsid();
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(127);  // the parent died before prctl()
        reset_signals();
        const int input =
            standard_in >= 0 ? standard_in : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (input < 0 || ::dup2(input, STDIN_FILENO) < 0) return {errno};
        if (standard_out >= 0 && ::dup2(standard_out, STDOUT_FILENO) < 0) return {errno};
        if (standard_error >= 0 && ::dup2(standard_error, STDERR_FILENO) < 0) return {errno};
        if (directory != nullptr && ::chdir(directory) != 0) return {errno, true};
        if (unbounded) restore_limits();
        close_all_on_exec();
        ::execvpe(argv[0], argv, environment);
        return {errno};
    }

    /// Resets all signals: this process may have been started with some ignored. The mask comes
    /// last: our own handlers, if they ran here, would end the groups of other children.
    static void reset_signals() noexcept {
        for (int number = 1; number < NSIG; ++number)
            ::signal(number, SIG_DFL);  // NOLINT(cert-err33-c): fails for SIGKILL and SIGSTOP
        ::sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
    }
};

/// Blocks all signals, and so signal handlers, for its lifetime.
class AllSignalsBlocked {
public:
    AllSignalsBlocked() {
        ::sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    AllSignalsBlocked(const AllSignalsBlocked&) = delete;
    AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

private:
    ::sigset_t before_ = {};
};

/// The parent process may have ignored SIGCHLD. The kernel then keeps no exit status, and a failed
/// command looks like a successful one.
void keep_exit_statuses() noexcept {
    struct ::sigaction action {};
    ::sigaction(SIGCHLD, nullptr, &action);
    const bool lost = action.sa_handler == SIG_IGN || (action.sa_flags & SA_NOCLDWAIT) != 0;
    if (lost) ::signal(SIGCHLD, SIG_DFL);  // NOLINT(cert-err33-c)
}

/// Returns the child's process id. The signal handlers that end this process know its group before
/// one of them can run. The child shares this memory until its exec. A copy of the page tables
/// costs more than the rest, and fails on a host that does not overcommit memory. This process
/// handles no signal until then. So a child that first enters a directory, whose mount may hang,
/// gets a copy.
pid_t start(const ChildSide& side, int report) {
    const AllSignalsBlocked blocked;
    // NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork)
    const pid_t pid = side.directory == nullptr ? ::vfork() : ::fork();
    if (pid == 0) {
        const auto failure = side.exec_program();
        (void)!::write(report, &failure, sizeof failure);
        ::_exit(127);
    }
    if (pid < 0) return pid;
    remember_group(pid);
    return pid;
}

/// Waits for the child's exec, which closes the pipe. Fails with the error that the child reports.
Result<void> await_exec(const FileDescriptor& report, const Command& command) {
    Failure failure;
    ssize_t size = 0;
    do {
        size = ::read(report.get(), &failure, sizeof failure);
    } while (size < 0 && errno == EINTR);
    if (size == 0) return {};
    auto operation = fmt::format("run {}", command.argv.front());
    if (failure.in_directory) operation += fmt::format(" in {}", command.directory->string());
    return fail(system_error(failure.number, operation));
}

}  // namespace

Result<Child> Child::spawn(const Command& command) {
    if (command.argv.empty())
        return fail(ErrorCode::internal, "run a command: no program is given");
    auto report = TRY(make_pipe());
    auto pipes = TRY(make_pipes(command));
    Words argv{command.argv};
    Words environment{environment_of(command)};
    const auto& errors = command.capture_output ? pipes.output : pipes.errors;
    const ChildSide side{.argv = argv.get(),
                         .environment = environment.get(),
                         .directory = command.directory ? command.directory->c_str() : nullptr,
                         .unbounded = command.unbounded,
                         .standard_in = pipes.input.read_end.get(),
                         .standard_out = pipes.output.write_end.get(),
                         .standard_error = errors.write_end.get(),
                         .parent = ::getpid()};
    keep_exit_statuses();
    Child child;
    child.pid_ = start(side, report.write_end.get());
    if (child.pid_ < 0) return fail(system_error(errno, "start a process"));
    child.pidfd_ = FileDescriptor{static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0))};
    if (!child.pidfd_) return fail(system_error(errno, "watch a process"));
    report.write_end = {};
    TRY(await_exec(report.read_end, command));
    for (const auto* end : {&pipes.output.read_end, &pipes.errors.read_end})
        if (*end) ::fcntl(end->get(), F_SETFL, O_NONBLOCK);
    child.output_ = std::move(pipes.output.read_end);
    child.errors_ = std::move(pipes.errors.read_end);
    child.input_ = std::move(pipes.input.write_end);
    return child;
}

}  // namespace inhaul::process
