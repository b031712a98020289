// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/doctor.hpp>

#include <fstream>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace inhaul::setup {

TEST_CASE("a drop-in that is newer than the agent needs a restart, not a reload") {
    namespace fs = std::filesystem;
    const test::TemporaryDirectory place;
    const auto etc = place.path / "etc";
    const auto state = place.path / "state";
    const auto drop_in = etc / "systemd/system/inhaul@scripts.service.d/shop.conf";
    const auto lock = state / "locks/watcher";
    const fs::path settings{"/etc/inhaul/scripts/shop.toml"};
    CHECK_FALSE(unit_changed(settings, state, etc));
    for (const auto& file : {drop_in, lock}) {
        fs::create_directories(file.parent_path());
        std::ofstream{file} << "x";
    }
    const auto now = fs::file_time_type::clock::now();
    fs::last_write_time(lock, now);
    fs::last_write_time(drop_in, now - std::chrono::seconds{1});
    CHECK_FALSE(unit_changed(settings, state, etc));
    CHECK(not_reloaded(settings, false).command == "sudo systemctl reload inhaul@scripts");
    fs::last_write_time(drop_in, now + std::chrono::seconds{1});
    CHECK(unit_changed(settings, state, etc));
    CHECK_FALSE(unit_changed("/etc/inhaul/scripts/other.toml", state, etc));
    CHECK(not_reloaded(settings, true).command ==
          "sudo systemctl daemon-reload && sudo systemctl restart inhaul@scripts");
}

}  // namespace inhaul::setup
