// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <inhaul/util/result.hpp>

#include "handle.hpp"
#include "statement.hpp"

/// SQLite with Result, as far as the ledger needs it.
namespace inhaul::ledger {

/// What a write survives.
enum class Survives {
    power_cut,  ///< waits for the disk
    process,    ///< kept by the kernel; never damages earlier data
};

/// A connection to an existing file.
class Database {
public:
    enum class Mode {
        read_write,
        read_only,
        immutable,  ///< read_only, and without locks and files of its own: nobody may write
    };
    [[nodiscard]] static Result<Database> open(const std::filesystem::path& file, Mode mode);

    /// Runs statements without values; rows are dropped.
    [[nodiscard]] Result<void> run_script(const std::string& sql);
    /// Prepares a statement, or takes one that is kept, and binds the values.
    template <class... Values>
    [[nodiscard]] Result<Statement> query(std::string_view sql, const Values&... values) {
        auto statement = TRY(prepare(sql));
        statement.bind(values...);
        return statement;
    }
    /// Runs a statement without result rows. Returns how many rows it changed.
    template <class... Values>
    [[nodiscard]] Result<int> change(std::string_view sql, const Values&... values) {
        auto statement = TRY(query(sql, values...));
        (void)TRY(statement.step());
        return sqlite3_changes(handle_.get());
    }
    /// Returns the only column of the only row.
    [[nodiscard]] Result<std::int64_t> number(std::string_view sql);

    /// Runs `work` in one transaction that holds the write lock from its start, so that its data
    /// cannot change meanwhile. An error rolls the transaction back.
    template <class Work>
    [[nodiscard]] std::invoke_result_t<Work> writing(Work work,
                                                     Survives survives = Survives::power_cut) {
        TRY(begin_writing(survives));
        return finish(work());
    }

    [[nodiscard]] std::string file() const;
    [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

private:
    explicit Database(DatabaseHandle handle) : handle_(std::move(handle)) {}
    [[nodiscard]] Result<Statement> prepare(std::string_view sql);
    [[nodiscard]] Result<void> begin_writing(Survives survives);
    template <class T>
    [[nodiscard]] Result<T> finish(Result<T> result) {
        auto ended = result ? run_script("COMMIT") : Result<void>{};
        roll_back();
        if (!ended) return fail(std::move(ended.error()));
        return result;
    }
    /// Ends a transaction that SQLite has not ended itself.
    void roll_back();

    DatabaseHandle handle_;
    std::shared_ptr<KeptStatements> kept_ = std::make_shared<KeptStatements>();
    std::optional<Survives> survives_;  ///< as set in SQLite
};

}  // namespace inhaul::ledger
