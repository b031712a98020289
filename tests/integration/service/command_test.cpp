// SPDX-License-Identifier: Apache-2.0
#include <inhaul/service/service.hpp>

#include <fstream>

#include "support/catch.hpp"
#include "support/samples.hpp"
#include "support/temporary_directory.hpp"

using namespace inhaul;

namespace {

Result<void> restart_with(std::vector<std::string> argv, Milliseconds deadline = Seconds{30},
                          const std::filesystem::path& directory = "/usr") {
    auto settings = test::settings("shop");
    settings.directory = directory;
    settings.service = RestartCommand{std::move(argv)};
    settings.restart_deadline = deadline;
    auto service = service::service_for(settings);
    REQUIRE(service);
    CHECK((*service)->restartable());
    CHECK((*service)->invocation()->empty());
    CHECK((*service)->settle(""));
    (void)TRY((*service)->restart("", service::Service::Extent::all, {}));
    return {};
}

}  // namespace

TEST_CASE("a command with exit status 0 has restarted the service") {
    CHECK(restart_with({"true"}));
}

TEST_CASE("a command runs in the app's directory") {
    CHECK(restart_with({"sh", "-c", "test $(pwd) = /usr"}));
}

TEST_CASE("the error of a command has its status and the end of its output") {
    const auto failed = restart_with(
        {"sh", "-c",
         "echo one; echo two; echo; echo three; printf 'no such\\tprocess' >&2; exit 7"});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == ErrorCode::failed);
    CHECK(failed.error().message.find(": exit status 7: two; three; no such\\x09process") !=
          std::string::npos);
}

TEST_CASE(
    "a command that was killed does not blame the commit, words about the disk do not clear it") {
    const auto killed = restart_with({"sh", "-c", "kill -9 $$"});
    REQUIRE_FALSE(killed);
    CHECK(killed.error().transient);
    const auto full = restart_with({"sh", "-c", "echo No space left on device; exit 1"});
    REQUIRE_FALSE(full);
    CHECK(full.error().code == ErrorCode::failed);
    CHECK_FALSE(full.error().transient);
}

TEST_CASE("the error of a silent command has only its status") {
    const auto failed = restart_with({"false"});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message == "restart with `false`: exit status 1");
}

TEST_CASE("a command that hangs is killed at its deadline") {
    const auto failed = restart_with({"sleep", "1000"}, Milliseconds{200});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == ErrorCode::timeout);
    CHECK(failed.error().message.starts_with("restart with `sleep 1000`: "));
}

TEST_CASE("the error for a missing command names it") {
    const auto failed = restart_with({"no-such-program-here"});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().message.find("no-such-program-here") != std::string::npos);
}

TEST_CASE("a command of the commit that cannot start blames the commit") {
    const test::TemporaryDirectory app;
    const auto program = (app.path / "restart").string();
    const auto missing = restart_with({program}, Seconds{30}, app.path);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::failed);
    CHECK_FALSE(missing.error().transient);
    std::ofstream{program} << "#!/bin/sh\n";
    const auto not_executable = restart_with({program}, Seconds{30}, app.path);
    REQUIRE_FALSE(not_executable);
    CHECK(not_executable.error().code == ErrorCode::failed);
    CHECK_FALSE(not_executable.error().transient);
}

TEST_CASE("an app without a service is always healthy") {
    auto service = service::service_for(test::settings("shop"));
    REQUIRE(service);
    CHECK_FALSE((*service)->restartable());
    CHECK((*service)->restart("", service::Service::Extent::all, {}));
    CHECK((*service)->invocation()->empty());
    CHECK((*service)->settle(""));
}
