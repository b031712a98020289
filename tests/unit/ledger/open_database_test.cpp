// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "children.hpp"
#include "place.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

unsigned mode_of(const fs::path& path) {
    struct ::stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    return info.st_mode & 07777U;
}

std::string content_of(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

void write(const fs::path& path, const std::string& content) {
    std::ofstream out{path, std::ios::binary | std::ios::trunc};
    out << content;
    REQUIRE(out.flush());
}

/// Creates a ledger with a deployment, and closes it.
void make_used(const Place& place) {
    (void)run_through(*place.open(), shop, successful_states(commit('1')), commit('1'));
}

/// Checks that both ways to open fail with the same code, and leave the file unchanged. Returns the
/// error.
Error refused(const Place& place) {
    const auto before = content_of(place.file);
    const auto error = place.open_error();
    const auto to_read = ledger::open_to_read(place.state, place.clock);
    REQUIRE_FALSE(to_read);
    CHECK(to_read.error().code == error.code);
    CHECK(content_of(place.file) == before);
    CHECK_FALSE(error.hint.empty());
    CHECK_FALSE(error.transient);
    CHECK(error.message.find(place.file.string()) != std::string::npos);
    return error;
}

}  // namespace

TEST_CASE("a first ledger is created, readable by its account only") {
    Place place;
    (void)::umask(0);
    (void)must(place.open()->begin(shop, Trigger::poll));
    (void)::umask(022);
    CHECK(mode_of(place.state) == 0700);
    CHECK(mode_of(place.file) == 0600);
    CHECK(place.one("PRAGMA journal_mode") == "wal");
    CHECK(place.number("PRAGMA application_id") == 0x494e484c);
    CHECK(place.number("PRAGMA user_version") == 11);
    CHECK(place.one("PRAGMA integrity_check") == "ok");
}

TEST_CASE("only its account can read its log") {
    Place place;
    const auto ledger = place.open();
    (void)must(ledger->begin(shop, Trigger::poll));
    CHECK(mode_of(place.file.string() + "-wal") == 0600);
    CHECK(mode_of(place.file.string() + "-shm") == 0600);
}

TEST_CASE("an existing ledger is used without changes") {
    Place place;
    make_used(place);
    CHECK(must(place.open()->history(shop, 10)).size() == 1);
    CHECK(must(place.open()->live(shop)).tree == commit('1'));
}

TEST_CASE("reading creates nothing") {
    Place place;
    CHECK(place.open_to_read() == nullptr);
    CHECK_FALSE(fs::exists(place.state));
    fs::create_directories(place.state);
    CHECK(place.open_to_read() == nullptr);
    CHECK(fs::is_empty(place.state));
}

TEST_CASE("a reader sees everything and cannot write") {
    Place place;
    make_used(place);
    const auto reader = place.open_to_read();
    CHECK(must(reader->history(std::nullopt, 10)).size() == 1);
    CHECK(must(reader->poll_state(shop)).processed_head == commit('1'));
    CHECK_FALSE(must(reader->unfinished(shop)));
    const auto begun = reader->begin(shop, Trigger::manual);
    REQUIRE_FALSE(begun);
    CHECK(begun.error().code == ErrorCode::permission);
    CHECK(must(reader->history(std::nullopt, 10)).size() == 1);
}

TEST_CASE("a file that is no database is never replaced") {
    Place place;
    fs::create_directories(place.state);
    write(place.file, std::string(20'000, 'x'));
    CHECK(refused(place).code == ErrorCode::corrupt);
    write(place.file, "x");
    CHECK(refused(place).code == ErrorCode::corrupt);
}

TEST_CASE("an empty file is a damaged ledger, since a new one is never empty") {
    Place place;
    fs::create_directories(place.state);
    write(place.file, "");
    const auto error = refused(place);
    CHECK(error.code == ErrorCode::corrupt);
    CHECK(error.message.find("empty") != std::string::npos);
}

TEST_CASE("a ledger that was cut short anywhere is a damaged one", "[long]") {
    Place place;
    make_used(place);
    const auto whole = content_of(place.file);
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{50}, std::size_t{99},
          std::size_t{100}, std::size_t{512}, std::size_t{4095}, std::size_t{4096},
          std::size_t{8192}, whole.size() - 4096}) {
        DYNAMIC_SECTION("after " << size << " bytes") {
            write(place.file, whole.substr(0, size));
            CHECK(refused(place).code == ErrorCode::corrupt);
        }
    }
}

TEST_CASE("a ledger with a page overwritten is noticed when it is opened", "[long]") {
    Place place;
    make_used(place);
    const auto whole = content_of(place.file);
    // The first page of each table and index is among these pages. Page 1 has the schema.
    std::size_t noticed = 0;
    for (std::size_t page = 0; page < whole.size() / 4096; ++page) {
        auto damaged = whole;
        damaged.replace(page * 4096, 4096, std::string(4096, 'z'));
        write(place.file, damaged);
        const auto opened = ledger::open(place.state, place.clock);
        if (opened) continue;
        CHECK(opened.error().code == ErrorCode::corrupt);
        ++noticed;
    }
    CHECK(noticed >= tables.size() + 1);
}

TEST_CASE("a ledger without one of its tables is a damaged one", "[long]") {
    for (const auto& table : tables) {
        DYNAMIC_SECTION(table) {
            Place place;
            make_used(place);
            place.sql("PRAGMA foreign_keys = OFF; DROP TABLE " + table);
            CHECK(refused(place).code == ErrorCode::corrupt);
        }
    }
}

TEST_CASE("a missing ledger with an existing log is not recreated") {
    Place place;
    fs::create_directories(place.state);
    write(place.file.string() + "-wal", "x");
    CHECK(refused(place).code == ErrorCode::corrupt);
    CHECK_FALSE(fs::exists(place.file));
}

TEST_CASE("another program's database is refused") {
    Place place;
    fs::create_directories(place.state);
    write(place.file, "");
    SECTION("of no application") {
        place.sql("CREATE TABLE deployment (x)");
    }
    SECTION("of another application") {
        place.sql("PRAGMA application_id = 7; CREATE TABLE a (x)");
    }
    CHECK(refused(place).code == ErrorCode::configuration);
}

TEST_CASE("the ledger of a newer version is refused, and stays unchanged", "[long]") {
    Place place;
    make_used(place);
    place.sql("PRAGMA user_version = 12");
    const auto error = refused(place);
    CHECK(error.code == ErrorCode::configuration);
    CHECK(error.message.find("newer") != std::string::npos);
    place.sql("PRAGMA user_version = -1");
    CHECK(refused(place).code == ErrorCode::corrupt);
}

TEST_CASE("a path that is not a file is refused") {
    Place place;
    SECTION("a directory") {
        fs::create_directories(place.file);
        CHECK(place.open_error().code == ErrorCode::configuration);
    }
    SECTION("a link to a missing file, for example on a disk that is not mounted") {
        fs::create_directories(place.state);
        fs::create_symlink(place.root / "elsewhere" / "ledger.db", place.file);
        CHECK(place.open_error().code == ErrorCode::not_found);
        CHECK(fs::is_symlink(place.file));
    }
}

TEST_CASE("a ledger may be reached through links") {
    Place place;
    make_used(place);
    fs::rename(place.state, place.root / "real");
    fs::create_directory_symlink(place.root / "real", place.state);
    CHECK(must(place.open()->history(shop, 10)).size() == 1);
}

TEST_CASE("the files of a process that was killed during the creation are removed") {
    Place place;
    fs::create_directories(place.state);
    const auto unfinished = place.file.string() + ".new";
    for (const std::string suffix : {"", "-journal", "-wal", "-shm"})
        write(unfinished + suffix, "half");
    make_used(place);
    for (const auto& entry : fs::directory_iterator{place.state})
        CHECK(entry.path().string().find(".new") == std::string::npos);
}

TEST_CASE("a ledger that is removed while it is open is no longer written") {
    Place place;
    const auto ledger = place.open();
    auto record = must(ledger->begin(shop, Trigger::poll));
    SECTION("removed") {
        fs::remove(place.file);
    }
    SECTION("replaced") {
        fs::copy_file(place.file, place.root / "copy");
        fs::rename(place.root / "copy", place.file);
    }
    const auto saved = ledger->save(record, std::nullopt);
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == ErrorCode::corrupt);
    CHECK_FALSE(saved.error().hint.empty());
}

TEST_CASE("an account without permission gets an error that names the permission") {
    if (::geteuid() != 0) {
        WARN("SKIPPED: only root can become another account");
        return;
    }
    Place place;
    make_used(place);
    fs::permissions(place.root, fs::perms{0755});
    fs::permissions(place.root / "var", fs::perms{0755});
    // Opens the ledger in both ways as the account nobody. Returns true if both are refused.
    const auto nobody_is_refused = [&] {
        return run_child([&] {
            if (::setgid(65534) != 0 || ::setuid(65534) != 0) return false;
            const auto one = ledger::open(place.state, place.clock);
            const auto other = ledger::open_to_read(place.state, place.clock);
            return !one && one.error().code == ErrorCode::permission && !one.error().transient &&
                   !one.error().hint.empty() && !other &&
                   other.error().code == ErrorCode::permission && !other.error().hint.empty();
        });
    };
    SECTION("to see the directory") {
        CHECK(nobody_is_refused());
    }
    SECTION("to read the file") {
        fs::permissions(place.state, fs::perms{0755});
        CHECK(nobody_is_refused());
    }
    SECTION("to write the file") {
        fs::permissions(place.state, fs::perms{0777});
        fs::permissions(place.file, fs::perms{0644});
        CHECK(run_child([&] {
            if (::setgid(65534) != 0 || ::setuid(65534) != 0) return false;
            const auto one = ledger::open(place.state, place.clock);
            return !one && one.error().code == ErrorCode::permission;
        }));
    }
    SECTION("to create the directory") {
        fs::remove_all(place.state);
        CHECK(run_child([&] {
            if (::setgid(65534) != 0 || ::setuid(65534) != 0) return false;
            const auto one = ledger::open(place.state, place.clock);
            return !one && one.error().code == ErrorCode::permission;
        }));
    }
}

TEST_CASE("root that reads the ledger leaves no file that the account cannot use") {
    if (::geteuid() != 0) {
        WARN("SKIPPED: only root can become another account");
        return;
    }
    Place place;
    for (const auto& directory : {place.root, place.root / "var"}) {
        fs::create_directories(directory);
        fs::permissions(directory, fs::perms{0777});
    }
    const auto deploys_as_nobody = [&] {
        return run_child([&] {
            if (::setgid(65534) != 0 || ::setuid(65534) != 0) return false;
            auto ledger = ledger::open(place.state, place.clock);
            if (!ledger) return false;
            auto record = (*ledger)->begin(shop, Trigger::poll);
            if (!record) return false;
            record->state = deployment::Succeeded{commit('1')};
            return (*ledger)->save(*record, std::nullopt).has_value();
        });
    };
    REQUIRE(deploys_as_nobody());
    CHECK(must(place.open_to_read()->history(shop, 10)).size() == 1);
    CHECK(deploys_as_nobody());
    CHECK(must(place.open()->history(shop, 10)).size() == 2);
    CHECK(deploys_as_nobody());
}
