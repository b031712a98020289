// SPDX-License-Identifier: Apache-2.0
#include "service/installed_trigger.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

#include <inhaul/service/trigger_units.hpp>
#include <inhaul/util/file.hpp>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace inhaul;
namespace fs = std::filesystem;

namespace {

/// Returns an example without the comment before its first section.
std::string example(const std::string& suffix) {
    std::ifstream file{INHAUL_TRIGGER_EXAMPLE + suffix};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    return text.substr(text.find("\n[") + 1);
}

/// Returns the number of events for a path unit with PathChanged=.
class Watch {
public:
    explicit Watch(const fs::path& file) : queue_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
        REQUIRE(::inotify_add_watch(queue_.get(), file.c_str(),
                                    IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_CLOSE_WRITE) >=
                0);
    }
    std::size_t events() {
        alignas(inotify_event) std::array<char, 4096> buffer{};
        const auto size = ::read(queue_.get(), buffer.data(), buffer.size());
        return size < 0 ? 0 : static_cast<std::size_t>(size) / sizeof(inotify_event);
    }

private:
    FileDescriptor queue_;
};

}  // namespace

TEST_CASE("the installed example units equal the units that inhaul writes") {
    const auto file =
        service::trigger_file("/var/lib/inhaul/scripts/restart/myapp", "myapp.service");
    CHECK(service::trigger_path_unit("myapp.service", file) == example(".path"));
    CHECK(service::trigger_service_unit("myapp.service") == example(".service"));
}

TEST_CASE("a name or a path stays one word of the unit file") {
    const auto path = service::trigger_path_unit("a.service", "/var/lib/100%/r s/a.service");
    CHECK(path.find("PathChanged=/var/lib/100%%/r s/a.service\n") != std::string::npos);
    const auto text = service::trigger_service_unit("srv-a\\x2db.mount");
    CHECK(text.find(R"(restart -- "srv-a\\x2db.mount")") != std::string::npos);
}

TEST_CASE("a request changes its file once, and creates a missing file") {
    const test::TemporaryDirectory place;
    const auto file = place.path / "restart/shop/shop.service";
    REQUIRE(service::request_restart(file));
    REQUIRE(fs::exists(file));
    CHECK((fs::status(file).permissions() & fs::perms::others_all) == fs::perms::none);
    Watch watch{file};
    REQUIRE(service::request_restart(file));
    CHECK(watch.events() == 1);
    REQUIRE(service::request_restart(file));
    CHECK(watch.events() == 1);
}

TEST_CASE("a request makes only a new directory private") {
    const test::TemporaryDirectory place;
    const auto mode_of = [](const fs::path& path) { return fs::status(path).permissions(); };
    REQUIRE(service::request_restart(place.path / "new/shop.service"));
    CHECK(mode_of(place.path / "new") == fs::perms::owner_all);
    const auto shared = place.path / "shared";
    fs::create_directory(shared);
    fs::permissions(shared, fs::perms::owner_all | fs::perms::group_all);
    REQUIRE(service::request_restart(shared / "shop.service"));
    CHECK(mode_of(shared) == (fs::perms::owner_all | fs::perms::group_all));
}

TEST_CASE("a request follows no link, and its error names the file") {
    const test::TemporaryDirectory place;
    const auto file = place.path / "shop.service";
    const auto target = place.path / "target";
    std::ofstream{target} << "kept";
    fs::create_symlink(target, file);
    const auto requested = service::request_restart(file);
    REQUIRE_FALSE(requested);
    CHECK(requested.error().message.find(file.string()) != std::string::npos);
    CHECK(fs::file_size(target) == 4);
}
