// SPDX-License-Identifier: Apache-2.0
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

/// Child processes. They get an argv, never a shell. Each has its own session and process group,
/// without a controlling terminal, and is ended as a group. A child inherits only standard input,
/// output and error.
namespace inhaul::process {

/// Opens /dev/null for each missing standard file. Otherwise, the next file that is opened would
/// become the standard output.
void open_missing_standard_files();

/// Variables and their values.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// A command to run. PATH is searched for a program without a slash.
struct Command {
    std::vector<std::string> argv;
    std::optional<std::filesystem::path> directory = {};
    /// Added to this process's environment, or the whole environment with `clean_environment`.
    Environment environment = {};
    bool clean_environment = false;
    /// Runs with the original limits of this process, before keep_memory_private() and
    /// bound_worker().
    bool unbounded = false;
    bool capture_output = false;  ///< standard output and error into one pipe, else inherited
    bool capture_stdout = false;  ///< standard output alone into a pipe
    bool capture_stderr = false;  ///< standard error into a pipe of its own
    bool pipe_input = false;      ///< standard input from a pipe, else /dev/null
    std::optional<std::filesystem::path> input_file = {};  ///< for standard input
    std::optional<std::string> input = {};  ///< the content of standard input, in memory
};

/// The exit status or signal of a process.
struct ExitStatus {
    int code = 0;    ///< the exit status, if `signal` is 0
    int signal = 0;  ///< the signal that ended it
    [[nodiscard]] bool success() const { return code == 0 && signal == 0; }
};
/// Returns "exit status 3", "killed by SIGKILL".
[[nodiscard]] std::string describe(ExitStatus status);

/// A running child. It leads its own session and process group. The kernel sends it SIGKILL if this
/// process dies first.
class Child {
public:
    [[nodiscard]] static Result<Child> spawn(const Command& command);
    Child(Child&&) noexcept;
    Child& operator=(Child&&) noexcept;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    /// Ends the whole group with SIGKILL and reaps the child, unless already reaped.
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
    /// Reaps the child if it has ended and returns its status; nothing while it runs.
    [[nodiscard]] std::optional<ExitStatus> poll();
    /// Reads all available bytes of the pipe. Keeps at most the last `limit` bytes in `into`.
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
    std::string output;       ///< at most the last 64 KiB, when captured
    std::string errors = {};  ///< the same of standard error, if captured alone
};

/// Runs the command to its end. After `deadline` the group gets SIGTERM, two seconds later SIGKILL,
/// and the call fails with `timeout`. If the command ends in time, other processes of its group
/// keep running: a command may start a daemon.
[[nodiscard]] Result<Finished> run(const Command& command, Milliseconds deadline);
/// The same. Stores the output in `output`, also after the deadline. Without `errors`, a standard
/// error that is captured alone is read and dropped.
[[nodiscard]] Result<ExitStatus> run(const Command& command, Milliseconds deadline,
                                     std::string* output, std::string* errors = nullptr);

/// Ends this process, children's groups first, after this time, even if a library blocks. The exit
/// status is 75; the ledger lets the next worker resume the deployment.
void arm_own_deadline(Seconds after);
/// Makes SIGTERM and SIGINT end this process with status 75, its children's groups first.
void end_children_on_termination();

/// Disables core dumps of this process, because its memory has tokens. Denies the account's other
/// processes access to its memory and its /proc entries, and tracing. Children are not affected.
void keep_memory_private();

/// Sets the limit of MemoryBound and at most 1024 open files for the rest of this worker's life.
/// The limits also apply to its children that are not `unbounded`.
void bound_worker();

/// Limits the memory of this process and each new child, for the object's lifetime. The limit is
/// three quarters of the memory that the host has available now. An allocation over the limit fails
/// with an error, instead of the kernel killing another process.
class MemoryBound {
public:
    MemoryBound();
    ~MemoryBound();
    MemoryBound(const MemoryBound&) = delete;
    MemoryBound& operator=(const MemoryBound&) = delete;

private:
    std::optional<std::uint64_t> before_;  ///< the earlier soft limit, if lowered
};

/// Blocks SIGINT, SIGTERM and SIGHUP for its lifetime.
class SignalBlocker {
public:
    SignalBlocker();
    ~SignalBlocker();
    SignalBlocker(const SignalBlocker&) = delete;
    SignalBlocker& operator=(const SignalBlocker&) = delete;
    /// Returns true if one of these signals is pending.
    [[nodiscard]] bool asked_to_stop() const;
};

/// Replaces this process by another program, with the same input, output and environment. Returns
/// only on failure.
[[nodiscard]] Error exec_program(const std::vector<std::string>& argv);

/// Returns the absolute path of the running executable. If an upgrade has replaced the file, the
/// path is that of the new file.
[[nodiscard]] Result<std::filesystem::path> own_executable();

}  // namespace inhaul::process
