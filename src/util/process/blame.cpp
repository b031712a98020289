// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/blame.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::process {
namespace {

/// Returns how many processes the kernel has killed since boot because memory ran out.
std::optional<std::uint64_t> kills_for_memory() {
    constexpr std::size_t largest = 64 * 1024;
    constexpr std::string_view name{"\noom_kill "};
    const auto text = file::read("/proc/vmstat", largest);
    if (!text) return std::nullopt;
    const auto at = text->find(name);
    if (at == std::string::npos) return std::nullopt;
    std::uint64_t count = 0;
    std::from_chars(text->data() + at + name.size(), text->data() + text->size(), count);
    return count;
}

/// Returns true if a signal from outside ended the process, also if a shell reports that signal as
/// its exit status.
bool was_killed_from_outside(ExitStatus status) {
    if (status.signal != 0) return is_from_outside(status.signal);
    // Programs use the other statuses themselves: git ends with 129 for wrong options, and many end
    // with 130 when they cancel. No terminal sends SIGINT: each command has a session of its own.
    constexpr int by_a_shell = 128;
    return status.code == by_a_shell + SIGKILL || status.code == by_a_shell + SIGTERM;
}

/// Free space of a file system, as far as this account may use it.
struct Space {
    std::uint64_t free_bytes, bytes, free_inodes, inodes;
};
std::optional<Space> space_of(const std::filesystem::path& directory) {
    struct ::statvfs system {};
    if (::statvfs(directory.c_str(), &system) != 0) return std::nullopt;
    return Space{std::uint64_t{system.f_bavail} * system.f_frsize,
                 std::uint64_t{system.f_blocks} * system.f_frsize, system.f_favail, system.f_files};
}

bool is_full(const std::filesystem::path& directory) {
    constexpr std::uint64_t least = 64 * 1024;
    const auto space = space_of(directory);
    return space && (space->free_bytes < least || (space->inodes != 0 && space->free_inodes == 0));
}

/// True if a program may have filled it, and removed its files since.
bool is_nearly_full(const std::filesystem::path& directory) {
    constexpr std::uint64_t most_bytes = 1024 * 1024 * 1024;
    constexpr std::uint64_t most_inodes = 10'000;
    const auto space = space_of(directory);
    return space &&
           (space->free_bytes < std::min(space->bytes / 20, most_bytes) ||
            (space->inodes != 0 && space->free_inodes < std::min(space->inodes / 20, most_inodes)));
}

/// Only a reason to measure: the output contains names of files, and all that the commit prints.
bool says_full(std::string_view output) {
    for (const int number : {ENOSPC, EDQUOT})
        if (output.find(std::generic_category().message(number)) != std::string_view::npos)
            return true;
    return false;
}

}  // namespace

std::string end_of(std::string_view output) {
    constexpr std::size_t most = 3;
    std::vector<std::string> lines;
    while (!output.empty() && lines.size() < most) {
        const auto start = output.rfind('\n') + 1;  // npos + 1 is 0
        if (const auto line = trimmed(output.substr(start)); !line.empty())
            lines.push_back(printable(line, 200));
        output = output.substr(0, start == 0 ? 0 : start - 1);
    }
    std::reverse(lines.begin(), lines.end());
    return fmt::format("{}", fmt::join(lines, "; "));
}

bool is_from_outside(int signal) {
    constexpr std::array signals{SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPWR};
    return std::find(signals.begin(), signals.end(), signal) != signals.end();
}

Blame::Blame(const std::vector<std::string>& argv, std::filesystem::path directory)
    : program_(argv.front()),
      directory_(std::move(directory)),
      kills_before_(kills_for_memory()),
      full_before_(is_full(directory_)) {}

bool Blame::comes_with_commit() const {
    if (!program_.has_parent_path()) return false;  // exec searches PATH
    const auto program = directory_ / program_;
    if (file::is_below(program, directory_)) return true;
    // A path may go through the link `current` of the layout `releases`. The file may be missing.
    std::error_code error;
    const auto parent = std::filesystem::weakly_canonical(program.parent_path(), error);
    if (error) return false;
    const auto directory = std::filesystem::weakly_canonical(directory_, error);
    return !error && file::is_below(parent / program.filename(), directory);
}

bool Blame::has_little_space() const {
    return is_nearly_full(directory_) || is_nearly_full("/tmp") || is_nearly_full("/var/tmp");
}

Error Blame::of_start(Error error) const {
    if (error.code == ErrorCode::timeout) {
        error.code = ErrorCode::failed;
        return error;
    }
    const bool executable = ::access((directory_ / program_).c_str(), X_OK) == 0;
    const bool program_at_fault = error.code == ErrorCode::not_found ||
                                  (error.code == ErrorCode::permission && !executable) ||
                                  error.reason == ErrorReason::not_a_program;
    if (!program_at_fault) return error;
    error.code = ErrorCode::failed;
    error.transient = !comes_with_commit();
    return error;
}

Error Blame::of_end(ExitStatus status, std::string message, std::string_view output) const {
    Error error{ErrorCode::failed, std::move(message)};
    const auto kills = kills_for_memory();
    if (kills && kills_before_ && *kills > *kills_before_) {
        error.message += " (the host ran out of memory)";
        error.hint = "To find the process that the kernel killed, run: sudo journalctl -k";
        error.transient = true;
    } else if (was_killed_from_outside(status)) {
        error.hint = "To find the sender of the signal, run: sudo journalctl --since -10min";
        error.transient = true;
    } else if (is_full(directory_)) {
        // The rollback may still have enough space, and the service would not run without it.
        if (full_before_) error.code = ErrorCode::no_space;
        error.message += full_before_
                             ? " (no space is left on the disk)"
                             : " (no space is left on the disk, which was not full before)";
        error.hint = free_space_hint;
        error.transient = true;
    } else if (says_full(output) && has_little_space()) {
        error.message += " (the disk is almost full)";
        error.hint = free_space_hint;
        error.transient = true;
    }
    return error;
}

}  // namespace inhaul::process
