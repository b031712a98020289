// SPDX-License-Identifier: Apache-2.0
#include <inhaul/service/notify.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <inhaul/util/file.hpp>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace inhaul;

namespace {

/// The service manager's socket of sd_notify(3), with its environment variables.
struct Manager {
    test::TemporaryDirectory directory{"/tmp"};  // a socket's path must be short
    FileDescriptor socket;

    Manager() {
        const auto path = (directory.path / "notify").string();
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        socket = FileDescriptor{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        const auto* generic = reinterpret_cast<const sockaddr*>(&address);
        REQUIRE(::bind(socket.get(), generic, sizeof(address)) == 0);
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    }
    ~Manager() {
        for (const auto* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
            ::unsetenv(name);
    }

    void demand_watchdog(pid_t of) const {
        ::setenv("WATCHDOG_USEC", "3000000", 1);
        ::setenv("WATCHDOG_PID", std::to_string(of).c_str(), 1);
    }
    [[nodiscard]] std::vector<std::string> received() const {
        std::vector<std::string> messages;
        std::array<char, 4096> buffer{};
        ssize_t size = 0;
        while ((size = ::recv(socket.get(), buffer.data(), buffer.size(), 0)) >= 0)
            messages.emplace_back(buffer.data(), static_cast<std::size_t>(size));
        return messages;
    }
};

using Messages = std::vector<std::string>;

}  // namespace

TEST_CASE("the service manager is notified of each change") {
    const Manager manager;
    const auto notifier = service::notifier();
    notifier->ready();
    notifier->status("2 apps: 2 up to date");
    notifier->stopping();
    CHECK(manager.received() == Messages{"READY=1", "STATUS=2 apps: 2 up to date", "STOPPING=1"});
}

TEST_CASE("a status is sent once until it changes") {
    const Manager manager;
    const auto notifier = service::notifier();
    for (const auto* line : {"a", "a", "b", "a"})
        notifier->status(line);
    CHECK(manager.received() == Messages{"STATUS=a", "STATUS=b", "STATUS=a"});
}

TEST_CASE("a status cannot contain another message") {
    const Manager manager;
    service::notifier()->status("a\nMAINPID=1");
    CHECK(manager.received() == Messages{"STATUS=a\\x0aMAINPID=1"});
}

TEST_CASE("the notification of a reload has a time that is not before its request") {
    const Manager manager;
    const auto began = system_clock().steady();
    service::notifier()->reloading();
    const auto received = manager.received();
    REQUIRE(received.size() == 1);
    const std::string head = "RELOADING=1\nMONOTONIC_USEC=";
    REQUIRE(received[0].starts_with(head));
    const auto microseconds = std::stoll(received[0].substr(head.size()));
    CHECK(microseconds > std::chrono::microseconds{began.time_since_epoch()}.count());
}

TEST_CASE("the watchdog is notified twice in its timeout") {
    const Manager manager;
    manager.demand_watchdog(::getpid());
    const auto notifier = service::notifier();
    CHECK(notifier->watchdog_interval() == Milliseconds{1500});
    notifier->watchdog();
    CHECK(manager.received() == Messages{"WATCHDOG=1"});
}

TEST_CASE("a watchdog of another process is ignored") {
    const Manager manager;
    manager.demand_watchdog(::getppid());
    const auto notifier = service::notifier();
    CHECK_FALSE(notifier->watchdog_interval());
    notifier->watchdog();
    CHECK(manager.received().empty());
}

TEST_CASE("without a service manager a notification does nothing") {
    const auto notifier = service::notifier();
    notifier->ready();
    notifier->status("nobody reads this");
    CHECK_FALSE(notifier->watchdog_interval());
}

TEST_CASE("there is no journal sink when standard error leads elsewhere") {
    ::unsetenv("JOURNAL_STREAM");
    CHECK_FALSE(service::journal_sink());
    ::setenv("JOURNAL_STREAM", "1:1", 1);
    CHECK_FALSE(service::journal_sink());
    ::unsetenv("JOURNAL_STREAM");
}
