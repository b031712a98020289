// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sqlite3.h>

#include <inhaul/ledger/ledger.hpp>

#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/samples.hpp"
#include "support/temporary_directory.hpp"

namespace inhaul::test {

namespace fs = std::filesystem;

/// A state directory, with or without a ledger. It is removed at the end of the test.
struct Place {
    /// In memory if this host has such a file system: no test depends on the time of a disk.
    Place();
    explicit Place(const fs::path& base);

    TemporaryDirectory directory;
    fs::path root = directory.path;
    fs::path state = root / "var" / "state";  ///< does not exist yet
    fs::path file = state / "ledger.db";
    FakeClock clock;

    /// Opens the ledger. Fails the test with the error, if any.
    [[nodiscard]] std::unique_ptr<ledger::Ledger> open() const;
    [[nodiscard]] std::unique_ptr<ledger::Ledger> open_to_read() const;
    /// Returns the error of an attempt to open. Fails the test without an error.
    [[nodiscard]] Error open_error() const;

    // Access as by another program.
    void sql(const std::string& script) const;
    /// Returns SQLITE_OK, or an extended error code.
    [[nodiscard]] int try_sql(const std::string& script) const;
    [[nodiscard]] std::string one(const std::string& query) const;
    [[nodiscard]] std::int64_t number(const std::string& query) const;
};

/// Returns the value of a Result. Fails the test with the message of an error.
template <class T>
T must(Result<T> result) {
    if (!result) FAIL(result.error().message);
    return take_value(std::move(result));
}

inline const AppName shop = *AppName::parse("shop");
inline const AppName blog = *AppName::parse("blog");

inline const std::vector<std::string> tables{"deployment", "step",   "note",       "live",
                                             "watch",      "budget", "output",     "pause",
                                             "pin",        "hold",   "quarantine", "action"};

/// Begins a deployment and saves it in each of the states, in order.
ledger::Record run_through(ledger::Ledger& ledger, const AppName& app,
                           const std::vector<deployment::State>& states,
                           const std::optional<CommitId>& processed_head = {});
/// Returns all states up to Succeeded, with a switch and a restart.
std::vector<deployment::State> successful_states(const CommitId& target);

void check_same(const ledger::Record& found, const ledger::Record& expected);

}  // namespace inhaul::test
