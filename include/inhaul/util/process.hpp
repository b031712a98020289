#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <inhaul/util/clock.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/result.hpp>

/// Child processes: argv, never a shell; each in a session and process group of its own, which has
/// no controlling terminal and is ended as a whole. Of what this process has open, a child gets
/// standard input, output and error alone.
namespace inhaul::process {

/// Names and their values.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// What to run. The program is looked up in PATH when it has no slash.
struct Command {
    std::vector<std::string> argv;
    std::optional<std::filesystem::path> directory = {};
    /// Set on top of this process's environment, or the whole of it when `clean_environment`.
    Environment environment = {};
    bool clean_environment = false;
    /// Under the limits that this process was started with: keep_memory_private(), bound_worker().
    bool unbounded = false;
    bool capture_output = false;  ///< standard output and error into one pipe, else inherited
    bool capture_stdout = false;  ///< standard output alone into a pipe
    bool capture_stderr = false;  ///< standard error into a pipe of its own
    bool pipe_input = false;      ///< standard input from a pipe, else /dev/null
    std::optional<std::filesystem::path> input_file = {};  ///< standard input from this
};

/// How a process ended.
struct ExitStatus {
    int code = 0;    ///< what it returned, when `signal` is 0
    int signal = 0;  ///< the signal that ended it
    [[nodiscard]] bool success() const { return code == 0 && signal == 0; }
};
/// "exit status 3", "killed by SIGKILL".
[[nodiscard]] std::string describe(ExitStatus status);

/// A running child. It leads a session and a process group of its own, and gets
/// SIGKILL from the kernel when this process dies before it.
class Child {
public:
    [[nodiscard]] static Result<Child> spawn(const Command& command);
    Child(Child&&) noexcept;
    Child& operator=(Child&&) noexcept;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    /// Ends the whole group with SIGKILL and reaps, when that has not been done.
    ~Child();

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Readable once the child has ended (pidfd).
    [[nodiscard]] int pidfd() const { return pidfd_.get(); }
    /// The captured pipes, non-blocking; -1 without capture.
    [[nodiscard]] int output() const { return output_.get(); }
    [[nodiscard]] int errors() const { return errors_.get(); }
    /// Our end of standard input, blocking; -1 without a pipe.
    [[nodiscard]] int input() const { return input_.get(); }

    /// Sends a signal to the whole group.
    void signal(int number) const;
    /// The status if it has ended, reaping it; nothing while it runs.
    [[nodiscard]] std::optional<ExitStatus> poll();
    /// Reads what the pipe holds now, keeping at most the last `limit` bytes in `into`.
    void drain(std::string& into, std::size_t limit);
    void drain_errors(std::string& into, std::size_t limit);

private:
    Child() = default;
    pid_t pid_ = -1;
    FileDescriptor pidfd_;
    FileDescriptor output_;
    FileDescriptor errors_;
    FileDescriptor input_;
    bool reaped_ = false;
};

struct Finished {
    ExitStatus status;
    std::string output;  ///< at most the last 64 KiB, when captured
};

/// Runs to the end. When `deadline` passes, the group gets SIGTERM, two seconds later SIGKILL, and
/// the error has code `timeout`. What the child leaves running in its group is left alone when it
/// ends in time (a command may start a daemon).
[[nodiscard]] Result<Finished> run(const Command& command, Milliseconds deadline);
/// The same; the output is kept in `output`, also that of a child whose deadline has passed.
[[nodiscard]] Result<ExitStatus> run(const Command& command, Milliseconds deadline,
                                     std::string* output);

/// Ends this process itself, children's groups first, `after` from now: the last bound on a worker
/// that libraries block. Exit status 75; what was begun is resumed from the ledger.
void arm_own_deadline(Seconds after);
/// From now on SIGTERM and SIGINT end this process with status 75, its children's groups first.
void end_children_on_termination();

/// From now on no core of this process is written, and no other process of the account reads its
/// memory, nor what it has open below /proc, nor traces it: tokens are in it. Children are as ever.
void keep_memory_private();

/// For a worker, and all of its children but those that are `unbounded`: as MemoryBound says, until
/// it ends, and at most 1024 open files.
void bound_worker();

/// As long as it lives, this process and each child that it starts get at most three quarters of
/// the memory that the host has available now: a request for more fails here, where it can be told,
/// instead of having the kernel end somebody else's process.
class MemoryBound {
public:
    MemoryBound();
    ~MemoryBound();
    MemoryBound(const MemoryBound&) = delete;
    MemoryBound& operator=(const MemoryBound&) = delete;

private:
    std::optional<std::uint64_t> before_;  ///< the soft limit, when it has been lowered
};

/// While it lives, SIGINT, SIGTERM and SIGHUP wait.
class SignalBlocker {
public:
    SignalBlocker();
    ~SignalBlocker();
    SignalBlocker(const SignalBlocker&) = delete;
    SignalBlocker& operator=(const SignalBlocker&) = delete;
    /// One of them waits.
    [[nodiscard]] bool asked_to_stop() const;
};

/// Becomes another program, with this process's input, output and environment; returns only the
/// error, when that cannot be done.
[[nodiscard]] Error exec_program(const std::vector<std::string>& argv);

/// The absolute path of the running executable.
[[nodiscard]] Result<std::filesystem::path> own_executable();

}  // namespace inhaul::process
