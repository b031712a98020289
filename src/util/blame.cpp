// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/blame.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <system_error>

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

/// Returns the signal that ended the process, also if a shell reports it as its exit status.
int signal_of(ExitStatus status) {
    constexpr int by_a_shell = 128;
    return status.signal != 0 ? status.signal : std::max(status.code - by_a_shell, 0);
}

bool is_full(const std::filesystem::path& directory) {
    constexpr std::uint64_t full_threshold = 64 * 1024;
    struct ::statvfs system {};
    if (::statvfs(directory.c_str(), &system) != 0) return false;
    return std::uint64_t{system.f_bavail} * system.f_frsize < full_threshold ||
           (system.f_files != 0 && system.f_favail == 0);
}

bool says_full(std::string_view output) {
    for (const int number : {ENOSPC, EDQUOT})
        if (output.find(std::generic_category().message(number)) != std::string_view::npos)
            return true;
    return false;
}

}  // namespace

bool is_from_outside(int signal) {
    constexpr std::array signals{SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPWR};
    return std::find(signals.begin(), signals.end(), signal) != signals.end();
}

Blame::Blame(const std::vector<std::string>& argv, std::filesystem::path directory)
    : program_(argv.front()), directory_(std::move(directory)), kills_before_(kills_for_memory()) {}

bool Blame::comes_with_commit() const {
    if (!program_.has_parent_path()) return false;  // exec searches PATH
    return file::is_below(directory_ / program_, directory_);
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
        error.hint = "Find the process that the kernel killed: journalctl -k";
        error.transient = true;
    } else if (is_from_outside(signal_of(status))) {
        error.hint = "Another process killed it.";
        error.transient = true;
    } else if (is_full(directory_) || says_full(output)) {
        error.code = ErrorCode::no_space;
        error.message += " (no space is left on the disk)";
        error.hint = "Free some space, or some inodes (df -i).";
        error.transient = true;
    }
    return error;
}

}  // namespace inhaul::process
