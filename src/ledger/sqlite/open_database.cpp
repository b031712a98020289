// SPDX-License-Identifier: Apache-2.0
#include "open_database.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/state_files.hpp>
#include <inhaul/util/file.hpp>

#include "schema.hpp"
#include "sqlite_error.hpp"

namespace inhaul::ledger {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds longest_making{5000};
constexpr ::off_t least_size = 512;  ///< SQLite treats some shorter files as new databases

fs::path beside(const fs::path& file, const char* suffix) {
    return fs::path{file} += suffix;
}

Error refused_by_system(int number, const char* verb, const fs::path& file) {
    auto error = system_error(number, fmt::format("{} {}", verb, file.string()));
    return error.code == ErrorCode::permission ? not_permitted(std::move(error.message)) : error;
}

/// Returns true if the name exists, even as a dangling link.
Result<bool> is_there(const fs::path& file) {
    struct ::stat info {};
    if (::lstat(file.c_str(), &info) == 0) return true;
    if (errno == ENOENT) return false;
    return fail(refused_by_system(errno, "read", file));
}

/// Returns true if there is a ledger. A missing file beside its -wal, or an empty file, is an
/// error. A new ledger gets its name only when it is complete.
Result<bool> ledger_is_there(const fs::path& file) {
    if (!TRY(is_there(file))) {
        if (!TRY(is_there(beside(file, "-wal")))) return false;
        // Unless another process has created and opened it between these two checks.
        if (!TRY(is_there(file)))
            return fail(corrupt(fmt::format(
                "open {}: the file is missing, but its -wal file exists", file.string())));
    }
    struct ::stat info {};
    if (::stat(file.c_str(), &info) != 0) return fail(refused_by_system(errno, "open", file));
    if (!S_ISREG(info.st_mode))
        return fail(ErrorCode::configuration,
                    fmt::format("open {}: not a regular file", file.string()),
                    "Set --state to another directory, or move the file aside.");
    if (info.st_size < least_size)
        return fail(corrupt(fmt::format("open {}: the file is {}", file.string(),
                                        info.st_size == 0 ? "empty" : "cut short")));
    return true;
}

/// Checked before SQLite opens the file, because SQLite opens an unwritable file for reading. Does
/// not open the file: closing it would release this process's locks on it.
Result<void> check_access(const fs::path& file, int mode, const char* verb = "open") {
    if (::faccessat(AT_FDCWD, file.c_str(), mode, AT_EACCESS) == 0) return {};
    return fail(refused_by_system(errno, verb, file));
}

/// Returns true if the -wal file has content.
Result<bool> has_log(const fs::path& file) {
    std::error_code error;
    const auto size = fs::file_size(beside(file, "-wal"), error);
    if (error == std::errc::no_such_file_or_directory) return false;
    if (error) return fail(refused_by_system(error.value(), "read", beside(file, "-wal")));
    return size > 0;
}

Result<Database> open_current(const fs::path& file, Database::Mode mode) {
    auto database = TRY(Database::open(file, mode));
    TRY(check_current(database, all_steps()));
    TRY(look_at_all(database));
    return database;
}

/// A reader also uses SQLite's locks, in a file that SQLite creates if it is missing.
Result<void> check_access_to_read(const fs::path& file) {
    TRY(check_access(file, R_OK));
    if (TRY(is_there(beside(file, "-shm")))) return {};
    return check_access(file.parent_path(), W_OK | X_OK, "create a file in");
}

Result<void> make_empty(const fs::path& file) {
    const FileDescriptor made{
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!made) return fail(refused_by_system(errno, "create", file));
    return {};
}

Result<void> fill(const fs::path& file) {
    auto database = TRY(Database::open(file, Database::Mode::read_write));
    // No journal on the disk: an unfinished file is deleted.
    TRY(database.run_script(
        fmt::format("PRAGMA journal_mode = MEMORY; PRAGMA application_id = {}", application_id)));
    TRY(migrate(database, all_steps()));
    return database.run_script("PRAGMA journal_mode = WAL");
}

/// Crash point: complete and on the disk before it gets its name.
Result<void> name(const fs::path& temporary, const fs::path& file) {
    const FileDescriptor directory{
        ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory || ::rename(temporary.c_str(), file.c_str()) != 0 ||
        ::fsync(directory.get()) != 0)
        return fail(refused_by_system(errno, "create", file));
    return {};
}

void remove_all_of(const fs::path& temporary) {
    for (const auto* const suffix : {"", "-journal", "-wal", "-shm"})
        ::unlink(beside(temporary, suffix).c_str());
}

/// Creates the ledger, unless another process does so at the same time.
Result<void> make(const fs::path& file) {
    const auto state = file.parent_path();
    TRY(file::make_directories(state_files::locks(state), 0700));
    const auto lock =
        TRY(file::Lock::acquire(state_files::ledger_lock(state),
                                "another process that creates the ledger", longest_making));
    if (TRY(ledger_is_there(file))) return {};
    const auto temporary = beside(file, ".new");
    remove_all_of(temporary);  // left by a killed process
    const auto make_it = [&]() -> Result<void> {
        TRY(make_empty(temporary));
        TRY(fill(temporary));
        return name(temporary, file);
    };
    auto made = make_it();
    if (!made) remove_all_of(temporary);
    return made;
}

}  // namespace

Result<Database> open_database(const fs::path& state_directory) {
    const auto file = state_files::ledger(state_directory);
    if (!TRY(ledger_is_there(file))) TRY(make(file));
    TRY(check_access(file, R_OK | W_OK));
    auto database = TRY(Database::open(file, Database::Mode::read_write));
    TRY(check_identity(database, all_steps()));
    TRY(database.run_script("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = OFF"));
    TRY(migrate(database, all_steps()));
    TRY(look_at_all(database));
    TRY(database.run_script("PRAGMA foreign_keys = ON"));
    return database;
}

Result<std::optional<Database>> open_database_to_read(const fs::path& state_directory) {
    const auto file = state_files::ledger(state_directory);
    if (!TRY(ledger_is_there(file))) return std::optional<Database>{};
    TRY(check_access_to_read(file));
    auto opened = open_current(file, Database::Mode::read_only);
    // SQLite's locks need a file, for which a full disk has no space. Then nothing can be written,
    // and without a log the ledger is complete in its file.
    if (!opened && opened.error().code == ErrorCode::no_space && !TRY(has_log(file)))
        opened = open_current(file, Database::Mode::immutable);
    return std::optional{TRY(std::move(opened))};
}

}  // namespace inhaul::ledger
