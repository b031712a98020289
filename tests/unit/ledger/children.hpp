// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <functional>

#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/catch.hpp"

/// Processes that use a ledger of their own. No ledger may be open in the test when one is made:
/// SQLite's connections do not survive a fork.
namespace inhaul::test {

/// Runs `work` in a child that ends with this process; its status is 0 when it returned true.
inline pid_t start_child(const std::function<bool()>& work) {
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child != 0) return child;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(2);
    ::_exit(work() ? 0 : 1);
}

/// Waits for its end; the status of waitpid(2).
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

/// Children wait at it until the test opens it.
class Gate {
public:
    /// For the child: false when the test went away.
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
