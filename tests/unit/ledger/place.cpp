// SPDX-License-Identifier: Apache-2.0
#include "place.hpp"

#include <stdlib.h>
#include <unistd.h>

namespace inhaul::test {
namespace {

struct Connection {
    sqlite3* handle = nullptr;
    explicit Connection(const fs::path& file) {
        REQUIRE(sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr) ==
                SQLITE_OK);
        sqlite3_busy_timeout(handle, 5000);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { sqlite3_close(handle); }
};

}  // namespace

Place::Place()
    : Place(::access("/dev/shm", W_OK) == 0 ? fs::path{"/dev/shm"} : fs::temp_directory_path()) {}

Place::Place(const fs::path& base) : directory(base) {}

std::unique_ptr<ledger::Ledger> Place::open() const {
    return must(ledger::open(state, clock));
}

std::unique_ptr<ledger::Ledger> Place::open_to_read() const {
    return must(ledger::open_to_read(state, clock));
}

Error Place::open_error() const {
    auto opened = ledger::open(state, clock);
    if (opened) FAIL("opened what must not open");
    return opened.error();
}

int Place::try_sql(const std::string& script) const {
    const Connection connection{file};
    sqlite3_exec(connection.handle, script.c_str(), nullptr, nullptr, nullptr);
    return sqlite3_extended_errcode(connection.handle);
}

void Place::sql(const std::string& script) const {
    INFO(script);
    REQUIRE(try_sql(script) == SQLITE_OK);
}

std::string Place::one(const std::string& query) const {
    const Connection connection{file};
    INFO(query);
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(connection.handle, query.c_str(), -1, &statement, nullptr) ==
            SQLITE_OK);
    const int code = sqlite3_step(statement);
    std::string text;
    if (code == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    REQUIRE((code == SQLITE_ROW || code == SQLITE_DONE));
    return text;
}

std::int64_t Place::number(const std::string& query) const {
    return std::stoll(one(query));
}

ledger::Record run_through(ledger::Ledger& ledger, const AppName& app,
                           const std::vector<deployment::State>& states,
                           const std::optional<CommitId>& processed_head) {
    auto record = must(ledger.begin(app, Trigger::poll));
    for (const auto& state : states) {
        record.state = state;
        must(ledger.save(record, deployment::is_final(state) ? processed_head : std::nullopt));
    }
    return record;
}

std::vector<deployment::State> successful_states(const CommitId& target) {
    using namespace deployment;
    return {Fetching{},
            Checking{target},
            Switching{target, true},
            Restarting{target, "before"},
            Probing{target, "after"},
            Succeeded{target}};
}

void check_same(const ledger::Record& found, const ledger::Record& expected) {
    CHECK(found.number == expected.number);
    CHECK(found.app == expected.app);
    CHECK(found.trigger == expected.trigger);
    CHECK(found.from == expected.from);
    CHECK(found.to == expected.to);
    CHECK(found.head == expected.head);
    REQUIRE(found.summary.has_value() == expected.summary.has_value());
    if (expected.summary) {
        CHECK(found.summary->author == expected.summary->author);
        CHECK(found.summary->subject == expected.summary->subject);
        CHECK(found.summary->committed == expected.summary->committed);
    }
    CHECK(found.state == expected.state);
    CHECK(found.resumptions == expected.resumptions);
    CHECK(found.started == expected.started);
    CHECK(found.finished == expected.finished);
    CHECK(found.left_stopped == expected.left_stopped);
    CHECK(found.notes == expected.notes);
    CHECK(found.origin == expected.origin);
    CHECK(found.outputs == expected.outputs);
    REQUIRE(found.steps.size() == expected.steps.size());
    for (std::size_t i = 0; i < expected.steps.size(); ++i) {
        CHECK(found.steps[i].state == expected.steps[i].state);
        CHECK(found.steps[i].entered == expected.steps[i].entered);
    }
}

}  // namespace inhaul::test
