// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <functional>

#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/catch.hpp"

/// Processes that open the ledger themselves. Caller must have no open ledger when it starts a
/// child: SQLite's connections do not survive a fork.
namespace inhaul::test {

/// Runs `work` in a child that ends with this process. Its status is 0 if `work` returns true.
inline pid_t start_child(const std::function<bool()>& work) {
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child != 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(2);
    ::_exit(work() ? 0 : 1);
}

/// Waits for the end of the child. Returns the status of waitpid(2).
inline int wait_for(pid_t child) {
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return status;
}

inline bool run_child(const std::function<bool()>& work) {
    return wait_for(start_child(work)) == 0;
}

struct Pipe {
    int ends[2] = {-1, -1};
    Pipe() { REQUIRE(::pipe(ends) == 0); }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close_read();
        close_write();
    }
    void close_read() { close(ends[0]); }
    void close_write() { close(ends[1]); }

private:
    static void close(int& end) {
        if (end >= 0) ::close(end);
        end = -1;
    }
};

/// Children wait here until the test opens the gate.
class Gate {
public:
    /// For the child. Returns false if the test has ended.
    bool pass() {
        pipe_.close_write();
        char byte = 0;
        return ::read(pipe_.ends[0], &byte, 1) == 0;
    }
    void open() { pipe_.close_write(); }

private:
    Pipe pipe_;
};

}  // namespace inhaul::test
