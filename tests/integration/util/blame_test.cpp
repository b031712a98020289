// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/blame.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "support/catch.hpp"
#include "support/small_disk.hpp"
#include "support/temporary_directory.hpp"

namespace inhaul::process {
namespace {

namespace fs = std::filesystem;

/// A directory with its own program.
struct Place {
    test::TemporaryDirectory temporary;
    fs::path directory = temporary.path;
    Place() {
        fs::create_directories(directory / "bin");
        write("bin/tool", "#!/bin/sh\nexit 3\n");
    }

    void write(const std::string& name, const std::string& text,
               fs::perms mode = fs::perms::owner_all) const {
        std::ofstream{directory / name} << text;
        fs::permissions(directory / name, mode);
    }
    /// Returns the error of a command of this app.
    [[nodiscard]] Error error_of(const std::vector<std::string>& argv,
                                 Milliseconds deadline = Milliseconds{10'000}) const {
        const Blame blame{argv, directory};
        const auto ran =
            run(Command{.argv = argv, .directory = directory, .capture_output = true}, deadline);
        if (!ran) return blame.of_start(ran.error());
        REQUIRE_FALSE(ran->status.success());
        return blame.of_end(ran->status, describe(ran->status), ran->output);
    }
};

bool judges(const Error& error) {
    return error.code == ErrorCode::failed && !error.transient;
}

}  // namespace

TEST_CASE("the commit is at fault if a command fails without another cause") {
    const Place place;
    CHECK(judges(place.error_of({"bin/tool"})));
    CHECK(judges(place.error_of({"sh", "-c", "kill -SEGV $$"})));
    CHECK(judges(place.error_of({"sh", "-c", "kill -ABRT $$"})));
    CHECK(judges(place.error_of({"sleep", "60"}, Milliseconds{100})));
}

TEST_CASE("the commit is not blamed for a killed command, also if a shell reports it") {
    const Place place;
    for (const auto* const script : {"kill -KILL $$", "kill -TERM $$", "kill -HUP $$",
                                     "sh -c 'kill -KILL $$'", "sh -c 'kill -TERM $$'; exit $?"}) {
        CAPTURE(script);
        const auto error = place.error_of({"sh", "-c", script});
        CHECK(error.code == ErrorCode::failed);
        CHECK(error.transient);
    }
}

TEST_CASE("of the exit statuses, only those of a killed or terminated command excuse the commit") {
    const Blame blame{{"bin/tool"}, "/"};
    const auto transient = [&](ExitStatus status) {
        return blame.of_end(status, describe(status), "").transient;
    };
    CHECK(transient({.code = 128 + SIGKILL, .signal = 0}));
    CHECK(transient({.code = 128 + SIGTERM, .signal = 0}));
    // git's status for wrong options, and that of a program that cancels.
    CHECK_FALSE(transient({.code = 128 + SIGHUP, .signal = 0}));
    CHECK_FALSE(transient({.code = 128 + SIGINT, .signal = 0}));
    CHECK_FALSE(transient({.code = 128 + SIGQUIT, .signal = 0}));
    CHECK_FALSE(transient({.code = 128 + SIGPWR, .signal = 0}));
    for (const int signal : {SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPWR})
        CHECK(transient({.code = 0, .signal = signal}));
    CHECK_FALSE(transient({.code = 0, .signal = SIGSEGV}));
}

TEST_CASE("the commit is blamed for its own program that cannot run") {
    const Place place;
    CHECK(judges(place.error_of({"bin/none"})));
    CHECK(judges(place.error_of({(place.directory / "bin/none").string()})));
    place.write("bin/plain", "no program\n", fs::perms::owner_read);
    CHECK(judges(place.error_of({"bin/plain"})));
    place.write("bin/garbled",
                "\x7f"
                "ELF");
    CHECK(judges(place.error_of({"bin/garbled"})));
}

TEST_CASE("the commit is not blamed for a program that is missing on this host") {
    const Place place;
    for (const auto* const program : {"no-such-program", "/nowhere/tool", "../elsewhere/tool"}) {
        CAPTURE(program);
        const auto error = place.error_of({program});
        CHECK_FALSE(judges(error));
        CHECK(error.message.find(program) != std::string::npos);
    }
}

TEST_CASE("a start that fails because of memory or process limits keeps its code") {
    const Blame blame{{"bin/tool"}, "/"};
    const auto error = blame.of_start(system_error(ENOMEM, "start a process"));
    CHECK(error.code == ErrorCode::io);
    CHECK_FALSE(judges(error));
    CHECK(blame.of_start(system_error(ENOSPC, "make a pipe")).code == ErrorCode::no_space);
}

TEST_CASE("the commit is not blamed for a full disk") {
    const test::SmallDisk disk{"1m"};
    if (!disk.mounted) return;
    const std::vector<std::string> argv{"sh", "-c", "exit 1"};
    const auto error_of = [&](std::string_view output) {
        const Blame blame{argv, disk.directory.path};
        return blame.of_end({.code = 1, .signal = 0}, "exit status 1", output);
    };
    CHECK(judges(error_of("write x: No space left on device")));
    const Blame before{argv, disk.directory.path};
    disk.fill(40 * 1024);
    const auto full = error_of("");
    CHECK(full.code == ErrorCode::no_space);
    CHECK(full.transient);
    // The command may have filled the disk: then a rollback is tried.
    const auto filled = before.of_end({.code = 1, .signal = 0}, "exit status 1", "");
    CHECK(filled.code == ErrorCode::failed);
    CHECK(filled.transient);
    disk.make_room();
    // The program has removed its files since.
    disk.fill(100 * 1024);
    CHECK(judges(error_of("write x: No space left on device")));
    disk.make_room();
}

TEST_CASE("an almost full disk is to blame only if the output says that the disk is full") {
    const test::SmallDisk disk{"4m"};
    if (!disk.mounted) return;
    disk.fill(128 * 1024);
    const std::vector<std::string> argv{"sh", "-c", "exit 1"};
    const Blame blame{argv, disk.directory.path};
    const auto error_of = [&](std::string_view output) {
        return blame.of_end({.code = 1, .signal = 0}, "exit status 1", output);
    };
    CHECK(judges(error_of("no such module")));
    for (const auto* const said : {"x: No space left on device", "x: Disk quota exceeded"}) {
        const auto error = error_of(said);
        CHECK(error.code == ErrorCode::failed);
        CHECK(error.transient);
        CHECK(error.message == "exit status 1 (the disk is almost full)");
    }
}

TEST_CASE("words about a full disk or a name with these words do not clear a commit") {
    const Place place;
    for (const auto* const said : {"No space left on device", "Disk quota exceeded"})
        CHECK(judges(place.error_of(
            {"sh", "-c", std::string{"echo compiling in /srv/"} + said + "; exit 1"})));
}

}  // namespace inhaul::process
