// SPDX-License-Identifier: Apache-2.0
#include <ledger/sqlite/database.hpp>

#include "place.hpp"
#include "support/catch.hpp"

namespace inhaul::ledger {
namespace {

using test::must;

constexpr auto select_one = "SELECT name FROM thing WHERE number = ?";

/// A database with one table, and a row for each number from 1 to 3.
struct SampleTable {
    SampleTable() {
        must(
            database.run_script("CREATE TABLE thing (number INTEGER PRIMARY KEY, name TEXT);"
                                "INSERT INTO thing VALUES (1, 'one'), (2, 'two'), (3, 'three')"));
    }
    std::string name(std::int64_t number) {
        auto row = must(database.query(select_one, number));
        if (!must(row.step())) return "nothing";
        return must(row.take<std::string>());
    }
    /// Returns how many statements SQLite has in memory.
    [[nodiscard]] int prepared() const {
        int count = 0;
        for (auto* each = sqlite3_next_stmt(database.handle(), nullptr); each != nullptr;
             each = sqlite3_next_stmt(database.handle(), each))
            ++count;
        return count;
    }

    test::Place place;
    Database database = opened(place);

    static Database opened(const test::Place& place) {
        std::filesystem::create_directories(place.state);
        sqlite3* made = nullptr;
        REQUIRE(sqlite3_open(place.file.c_str(), &made) == SQLITE_OK);
        sqlite3_close(made);
        return must(Database::open(place.file, Database::Mode::read_write));
    }
};

}  // namespace

TEST_CASE("a statement is prepared once, and gives the rows of its own values each time") {
    SampleTable things;
    CHECK(things.name(1) == "one");
    const auto before = things.prepared();
    CHECK(before == 1);
    for (int i = 0; i < 3; ++i) {
        CHECK(things.name(2) == "two");
        CHECK(things.name(9) == "nothing");
        CHECK(things.name(3) == "three");
    }
    CHECK(things.prepared() == before);
}

TEST_CASE("a value that is not bound is NULL, also if it was bound the last time") {
    SampleTable things;
    constexpr std::int64_t four = 4;
    constexpr auto insert = "INSERT OR REPLACE INTO thing VALUES (?, ?)";
    CHECK(must(things.database.change(insert, four, "four")) == 1);
    CHECK(must(things.database.change(insert, four)) == 1);
    auto row = must(things.database.query(select_one, four));
    REQUIRE(must(row.step()));
    CHECK_FALSE(must(row.take<std::optional<std::string>>()));
}

TEST_CASE("two uses of one statement at the same time do not disturb each other") {
    SampleTable things;
    auto outer = must(things.database.query("SELECT name FROM thing ORDER BY number"));
    REQUIRE(must(outer.step()));
    auto inner = must(things.database.query("SELECT name FROM thing ORDER BY number"));
    REQUIRE(must(inner.step()));
    REQUIRE(must(inner.step()));
    CHECK(must(outer.take<std::string>()) == "one");
    CHECK(must(inner.take<std::string>()) == "two");
    REQUIRE(must(outer.step()));
    CHECK(must(outer.take<std::string>()) == "two");
}

TEST_CASE("a kept statement holds no lock, and reads the changes of other connections") {
    SampleTable things;
    CHECK(things.name(1) == "one");
    auto other = must(Database::open(things.place.file, Database::Mode::read_write));
    must(other.run_script("UPDATE thing SET name = 'uno' WHERE number = 1"));
    CHECK(things.name(1) == "uno");
    must(
        other.run_script("ALTER TABLE thing RENAME TO old; CREATE TABLE thing (number, name); "
                         "INSERT INTO thing VALUES (1, 'new')"));
    CHECK(things.name(1) == "new");
    must(other.run_script("DROP TABLE thing"));
    auto gone = must(things.database.query(select_one, std::int64_t{1}));
    CHECK_FALSE(gone.step());
}

TEST_CASE("only a limited number of statements is kept") {
    SampleTable things;
    for (int i = 0; i < 100; ++i)
        (void)must(things.database.number("SELECT " + std::to_string(i)));
    CHECK(things.prepared() <= 12);
}

TEST_CASE("a statement may outlive its database") {
    test::Place place;
    auto database = std::make_unique<Database>(SampleTable::opened(place));
    auto row = must(database->query("SELECT 7"));
    database.reset();
    REQUIRE(must(row.step()));
    CHECK(must(row.take<std::int64_t>()) == 7);
}

}  // namespace inhaul::ledger
