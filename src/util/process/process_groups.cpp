// SPDX-License-Identifier: Apache-2.0
#include "process_groups.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <string_view>

#include <unistd.h>

#include <inhaul/util/process.hpp>

namespace inhaul::process {
namespace {

constexpr int try_later = 75;  // EX_TEMPFAIL

/// The only thread writes and its signal handlers read, so each entry is one word.
std::array<volatile sig_atomic_t, 64> groups{};

void end_groups(int signal) noexcept {
    for (const auto leader : groups)
        if (leader != 0) ::kill(-leader, signal);
}

void end_at_deadline(int /*signal*/) noexcept {
    constexpr std::string_view line{"inhaul: the worker exceeded its deadline\n"};
    (void)!::write(STDERR_FILENO, line.data(), line.size());
    end_groups(SIGKILL);
    ::_exit(try_later);
}

void end_on_termination(int /*signal*/) noexcept {
    end_groups(SIGKILL);
    ::_exit(try_later);
}

void handle(int number, void (*handler)(int)) {
    struct ::sigaction action {};
    action.sa_handler = handler;
    ::sigfillset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
}

}  // namespace

void remember_group(pid_t leader) noexcept {
    auto* const free = std::find(groups.begin(), groups.end(), 0);
    if (free != groups.end()) *free = leader;
}

void forget_group(pid_t leader) noexcept {
    auto* const found = std::find(groups.begin(), groups.end(), leader);
    if (found != groups.end()) *found = 0;
}

void arm_own_deadline(Seconds after) {
    handle(SIGALRM, end_at_deadline);
    ::alarm(static_cast<unsigned>(after.count()));
}

void end_children_on_termination() {
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        handle(number, end_on_termination);
}

}  // namespace inhaul::process
