// SPDX-License-Identifier: Apache-2.0
// Syncs of the disk, and a disk that is full or read-only.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <functional>

#include "children.hpp"
#include "place.hpp"
#include "support/small_disk.hpp"

namespace {
int syncs = 0;
}

// SQLite calls these functions: symbols of the program precede those of the C library.
extern "C" int fdatasync(int descriptor) {
    ++syncs;
    return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
}
extern "C" int fsync(int descriptor) {
    ++syncs;
    return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

using namespace inhaul;
using namespace inhaul::deployment;
using namespace inhaul::test;

namespace {

/// A place on a filesystem of two mebibytes, which can be filled.
struct SmallPlace : SmallDisk {
    Place place;
    SmallPlace() : SmallDisk("2m") {
        place.state = directory.path / "state";
        place.file = place.state / "ledger.db";
    }
};

void check_no_space(const Error& error) {
    INFO(error.message);
    CHECK(error.code == ErrorCode::no_space);
    CHECK(error.transient);
    CHECK(error.message.find("No space left") != std::string::npos);
    CHECK_FALSE(error.hint.empty());
}

int syncs_of(const std::function<void()>& work) {
    const int before = syncs;
    work();
    return syncs - before;
}

}  // namespace

TEST_CASE("a step is on the disk before its action, and a poll does not wait for the disk") {
    Place place;
    const auto ledger = place.open();
    ledger::PollState poll_state;
    std::optional<ledger::Record> record;
    const auto poll = [&] { must(ledger->save_poll_state(shop, poll_state)); };
    CHECK(syncs_of([&] { record = must(ledger->begin(shop, Trigger::poll)); }) > 0);
    CHECK(syncs_of(poll) == 0);
    for (const auto& state : successful_states(commit('1'))) {
        record->state = state;
        CHECK(syncs_of([&] { must(ledger->save(*record, commit('1'))); }) > 0);
        CHECK(syncs_of(poll) == 0);
    }
    CHECK(syncs_of([&] { must(ledger->adopt(shop, commit('2'))); }) > 0);
    CHECK(syncs_of([&] { must(ledger->block("github", place.clock.wall)); }) > 0);
}

TEST_CASE("the log stays small while only polls happen", "[long]") {
    Place place;
    const auto ledger = place.open();
    ledger::PollState poll_state;
    for (unsigned i = 0; i < 1500; ++i) {
        poll_state.failures = i;
        must(ledger->save_poll_state(shop, poll_state));
    }
    CHECK(fs::file_size(place.file.string() + "-wal") < 2 << 20);
}

TEST_CASE("a full disk never leaves a partly created ledger", "[long]") {
    SmallPlace small;
    if (!small.mounted) return;
    unsigned refused = 0;
    unsigned made = 0;
    for (std::size_t pages = 0; pages < 64; ++pages) {
        INFO(pages << " pages are free");
        small.fill(pages * 4096);
        auto opened = ledger::open(small.place.state, small.place.clock);
        opened ? ++made : ++refused;
        if (!opened) check_no_space(opened.error());
        CHECK_FALSE(fs::exists(small.place.file.string() + ".new"));
        small.make_room();
        // Nothing else is missing.
        CHECK(must(small.place.open()->history(shop, 1)).empty());
        opened = fail(ErrorCode::internal, "closed");
        fs::remove_all(small.place.state);
    }
    CHECK(refused > 10);
    CHECK(made > 0);
}

TEST_CASE("a save on a full disk changes nothing, and works when there is space again", "[long]") {
    SmallPlace small;
    if (!small.mounted) return;
    const auto way = successful_states(commit('1'));
    unsigned refused = 0;
    for (std::size_t pages = 0; pages < 12; ++pages) {
        const auto ledger = small.place.open();
        auto record = must(ledger->begin(shop, Trigger::poll));
        for (const auto& state : way) {
            INFO(pages << " pages are free, " << name_of(state));
            small.fill(pages * 4096);
            const auto before = record;
            record.state = state;
            // Large, so that the save needs the space.
            record.notes = {std::string(40'000, 'x')};
            const auto wanted = record;
            auto saved = ledger->save(record, commit('1'));
            if (!saved) {
                ++refused;
                check_no_space(saved.error());
                check_same(record, wanted);
                check_same(must(ledger->unfinished(shop)).value(), before);
            }
            small.make_room();
            if (!saved) must(ledger->save(record, commit('1')));
            CHECK(must(ledger->history(shop, 1)).at(0).state == state);
        }
        CHECK(must(ledger->live(shop)).restarted == commit('1'));
        CHECK(small.place.one("PRAGMA integrity_check") == "ok");
    }
    CHECK(refused > way.size());
}

TEST_CASE("a ledger that was left by a killed process opens when there is space again") {
    SmallPlace small;
    if (!small.mounted) return;
    const auto child = start_child([&] {
        auto ledger = ledger::open(small.place.state, small.place.clock);
        if (!ledger || !(*ledger)->begin(shop, Trigger::poll)) return false;
        ::raise(SIGKILL);
        return true;
    });
    REQUIRE(WIFSIGNALED(wait_for(child)));
    REQUIRE(fs::file_size(small.place.file.string() + "-wal") > 0);
    for (std::size_t pages = 0; pages < 10; ++pages) {
        fs::remove(small.place.file.string() + "-shm");  // as after a reboot
        small.fill(pages * 4096);
        for (const bool to_read : {false, true}) {
            const auto opened = to_read ? ledger::open_to_read(small.place.state, small.place.clock)
                                        : ledger::open(small.place.state, small.place.clock);
            INFO((to_read ? "to read, " : "to write, ") << pages << " pages are free");
            if (!opened) check_no_space(opened.error());
        }
        small.make_room();
        CHECK(must(small.place.open()->unfinished(shop)));
        if (pages == 0) CHECK(must(small.place.open_to_read()->unfinished(shop)));
    }
}

TEST_CASE("a read-only disk is reported") {
    SmallPlace small;
    if (!small.mounted) return;
    const auto remount = [&](unsigned long flags) {
        REQUIRE(::mount("test", small.directory.path.c_str(), nullptr, MS_REMOUNT | flags,
                        "size=2m") == 0);
    };
    SECTION("with a ledger") {
        (void)run_through(*small.place.open(), shop, {Succeeded{commit('1')}});
        remount(MS_RDONLY);
        const auto error = small.place.open_error();
        CHECK(error.code == ErrorCode::permission);
        CHECK(error.message.find("Read-only file system") != std::string::npos);
        const auto to_read = ledger::open_to_read(small.place.state, small.place.clock);
        REQUIRE_FALSE(to_read);
        CHECK(to_read.error().code == ErrorCode::permission);
        CHECK(to_read.error().message.find("Read-only file system") != std::string::npos);
    }
    SECTION("without a ledger") {
        remount(MS_RDONLY);
        CHECK(small.place.open_error().code == ErrorCode::permission);
        CHECK(small.place.open_to_read() == nullptr);
    }
    remount(0);
    CHECK(small.place.open() != nullptr);
}
