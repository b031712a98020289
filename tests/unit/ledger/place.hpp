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

/// A state directory of its own, with the ledger that is or will be in it, removed at the end.
struct Place {
    /// In memory where there is such a filesystem: nothing here depends on a disk's time.
    Place();
    explicit Place(const fs::path& base);

    TemporaryDirectory directory;
    fs::path root = directory.path;
    fs::path state = root / "var" / "state";  ///< not made yet
    fs::path file = state / "ledger.db";
    FakeClock clock;

    /// Opens it, which must work.
    [[nodiscard]] std::unique_ptr<ledger::Ledger> open() const;
    [[nodiscard]] std::unique_ptr<ledger::Ledger> open_to_read() const;
    /// The error of an attempt to open, which must be one.
    [[nodiscard]] Error open_error() const;

    // The database as any other program sees it.
    void sql(const std::string& script) const;
    /// What SQLite answers: SQLITE_OK, or an extended error code.
    [[nodiscard]] int try_sql(const std::string& script) const;
    [[nodiscard]] std::string one(const std::string& query) const;
    [[nodiscard]] std::int64_t number(const std::string& query) const;
};

/// What a Result must hold; fails the test with the error's message otherwise.
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
/// The whole way to Succeeded with a switch and a restart.
std::vector<deployment::State> successful_states(const CommitId& target);

void check_same(const ledger::Record& found, const ledger::Record& expected);

}  // namespace inhaul::test
