// SPDX-License-Identifier: Apache-2.0
#include "installed_trigger.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/service/trigger_units.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/systemctl.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::service {
namespace {

namespace fs = std::filesystem;

constexpr unsigned private_directory = 0700;
constexpr unsigned private_file = 0600;
constexpr std::string_view request = "restart\n";  // nobody reads it

/// Stricter than guard: not every host knows all members of a group.
Result<void> only_root_writes(const std::string& file) {
    struct ::stat info {};
    if (::stat(file.c_str(), &info) != 0) return fail(system_error(errno, "open " + file));
    if (info.st_uid != 0 || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fail(
            ErrorCode::refused,
            fmt::format("its owner is {}, and its mode {:04o}", account::name_of(info.st_uid),
                        info.st_mode & 07777U),
            fmt::format("Run: sudo chown root: {0} && sudo chmod go-w {0}", shell_word(file)));
    return guard::check_file(file, 0);
}

/// An account that can change the unit's file, or its directory, controls the commands of root.
Result<void> check_owner(const std::string& unit, const std::string& file) {
    if (file.empty())
        return fail(ErrorCode::host, unit + " has no file",
                    "Run: " + systemctl(UnitScope::system, "cat", unit));
    const auto checked = only_root_writes(file);
    if (checked) return {};
    if (checked.error().code != ErrorCode::refused)
        return fail(ErrorCode::host, fmt::format("{}: {}", unit, checked.error().message),
                    "Run: " + systemctl(UnitScope::system, "cat", unit));
    return fail(ErrorCode::host,
                fmt::format("accounts other than root can change {}, which root runs: {}", file,
                            checked.error().message),
                checked.error().hint);
}

Result<void> check_writable(const fs::path& file) {
    const auto there = file::nearest_existing(file);
    if (::access(there.c_str(), W_OK) == 0) return {};
    return fail(ErrorCode::permission,
                fmt::format("{} may not write to {}: {}", account::current_name(), there.string(),
                            system_error(errno, "access").message),
                "Set service.trigger to a directory that the account can write to.");
}

Error nothing_watches(const fs::path& file, const std::string& inactive,
                      const std::optional<fs::path>& init_directory) {
    if (inactive.empty())
        return {
            ErrorCode::permission,
            fmt::format("no path unit watches {}, the file that requests a restart", file.string()),
            init_directory
                ? "Run: " + init_command(*init_directory, {"--trigger-unit"})
                : "As root, create a path unit that watches this file, and a service that "
                  "restarts the app."};
    return {ErrorCode::permission,
            fmt::format("{}, which watches {}, is not active", inactive, file.string()),
            "Run: " + systemctl(UnitScope::system, "enable --now", inactive)};
}

}  // namespace

Result<InstalledTrigger> find_trigger(Systemd& systemd, const fs::path& directory,
                                      const std::string& unit,
                                      const std::optional<fs::path>& init_directory) {
    const auto file = trigger_file(directory, unit);
    std::string inactive;
    for (const auto& name : TRY(systemd.loaded("*.path"))) {
        const auto state = TRY(systemd.state(name));
        const auto& watched = state.watched;
        if (std::find(watched.begin(), watched.end(), file.string()) == watched.end()) continue;
        if (state.active != "active") {
            inactive = name;
            continue;
        }
        TRY(check_owner(name, state.fragment));
        TRY(check_owner(state.triggers, TRY(systemd.state(state.triggers)).fragment));
        TRY(check_writable(file));
        return InstalledTrigger{name, state.triggers, file};
    }
    return fail(nothing_watches(file, inactive, init_directory));
}

/// Creates a new file complete, by a rename; writes an existing file once. More than one event
/// would restart the unit twice.
Result<void> request_restart(const fs::path& file) {
    const auto intent = "request a restart by " + file.string();
    const FileDescriptor existing{::open(file.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC)};
    if (existing) {
        if (::pwrite(existing.get(), request.data(), request.size(), 0) < 0)
            return fail(system_error(errno, intent));
        return {};
    }
    if (errno != ENOENT) return fail(system_error(errno, intent));
    std::error_code error;
    // An existing directory keeps its mode: an operator may share it.
    if (fs::create_directories(file.parent_path(), error))
        fs::permissions(file.parent_path(), static_cast<fs::perms>(private_directory), error);
    if (error) return fail(system_error(error.value(), intent));
    TRY_WITHIN(intent, file::write_atomically(file, request, private_file, std::nullopt));
    return {};
}

}  // namespace inhaul::service
