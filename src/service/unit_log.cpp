// SPDX-License-Identifier: Apache-2.0
#include "unit_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include <inhaul/util/account.hpp>
#include <inhaul/util/handle.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::service {
namespace {

constexpr std::size_t most_lines = 40;
constexpr std::size_t longest_line = 500;
constexpr std::size_t most_bytes = 8 * 1024;
/// The journal stores lines a moment after they were written.
constexpr unsigned most_waits = 5;
constexpr std::uint64_t wait_microseconds = 100'000;

using Journal = Handle<sd_journal, sd_journal_close>;

/// Lines of the unit's processes, and systemd's own lines about the unit.
bool choose(sd_journal* journal, const SystemdUnit& unit) {
    const bool user = unit.scope == SystemdUnit::Scope::user;
    const auto match = [&](const std::string& text) {
        return sd_journal_add_match(journal, text.data(), text.size()) >= 0;
    };
    const auto uid = fmt::format("_UID={}", ::geteuid());
    if (!match((user ? "_SYSTEMD_USER_UNIT=" : "_SYSTEMD_UNIT=") + unit.unit)) return false;
    if (user && !match(uid)) return false;
    if (sd_journal_add_disjunction(journal) < 0) return false;
    return match((user ? "USER_UNIT=" : "UNIT=") + unit.unit) && match(user ? uid : "_PID=1");
}

std::string message(sd_journal* journal) {
    constexpr std::string_view name{"MESSAGE="};
    const void* data = nullptr;
    std::size_t size = 0;
    if (sd_journal_get_data(journal, "MESSAGE", &data, &size) < 0 || size < name.size()) return {};
    const std::string_view field{static_cast<const char*>(data), size};
    return printable(field.substr(name.size()), longest_line);
}

std::string lines_since(sd_journal* journal, TimePoint since) {
    std::string text;
    if (sd_journal_seek_tail(journal) < 0) return text;
    for (std::size_t lines = 0; lines < most_lines; ++lines) {
        std::uint64_t microseconds = 0;
        if (sd_journal_previous(journal) <= 0 ||
            sd_journal_get_realtime_usec(journal, &microseconds) < 0)
            break;
        const auto when = std::chrono::microseconds{microseconds};
        if (when < since.time_since_epoch()) break;
        auto line = message(journal) + "\n";
        if (text.size() + line.size() > most_bytes) break;
        text.insert(0, line);
    }
    return text;
}

/// Returns the group that may read the system's journal, if this account may not.
std::optional<std::string> missing_group() {
    sd_id128_t machine{};
    if (sd_id128_get_machine(&machine) < 0) return std::nullopt;
    std::array<char, SD_ID128_STRING_MAX> name{};
    for (const auto* const place : {"/var/log/journal", "/run/log/journal"}) {
        // Either may be closed to others.
        const auto directory =
            std::filesystem::path{place} / sd_id128_to_string(machine, name.data());
        for (const auto& path : {directory, directory / "system.journal"}) {
            struct ::stat info {};
            if (::stat(path.c_str(), &info) == 0 &&
                ::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0)
                return account::group_name(info.st_gid);
        }
    }
    return std::nullopt;
}

}  // namespace

UnitLog log_of(const SystemdUnit& unit, TimePoint since) {
    UnitLog found{unit.unit, {}, {}};
    sd_journal* opened = nullptr;
    if (sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY) < 0) return found;
    const Journal journal{opened};
    if (!choose(opened, unit)) return found;
    found.text = lines_since(opened, since);
    for (unsigned waits = 0; waits < most_waits; ++waits) {
        const auto change = sd_journal_wait(opened, wait_microseconds);
        if (change < 0 || (change == SD_JOURNAL_NOP && !found.text.empty())) break;
        found.text = lines_since(opened, since);
    }
    if (!found.text.empty()) return found;
    if (const auto group = missing_group())
        found.unreadable = fmt::format(
            "{0} has no permission to read this log: {0} is not in the group {1}. To add it, run "
            "`sudo usermod --append --groups {1} {0}`",
            account::current_name(), *group);
    return found;
}

}  // namespace inhaul::service
