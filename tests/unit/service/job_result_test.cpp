// SPDX-License-Identifier: Apache-2.0
#include "service/one_unit.hpp"
#include "support/catch.hpp"

using namespace inhaul;
using namespace inhaul::test;

namespace {

/// Returns the error of a restart whose job ended with this result, while the unit still runs.
Error error_of(const std::string& result) {
    const service::OneUnit unit{{.unit = "shop.service", .scope = SystemdUnit::Scope::system},
                                std::nullopt,
                                Seconds{60},
                                std::nullopt};
    const service::UnitState state{.load = "loaded", .active = "active", .sub = "running"};
    return unit.ended_badly(result, state, Seconds{60}, std::nullopt);
}

}  // namespace

TEST_CASE("the commit is not at fault if the job ended without a start of the unit") {
    for (const auto* const result :
         {"canceled", "dependency", "collected", "unsupported", "skipped", "once", "frozen"}) {
        CAPTURE(result);
        CHECK(error_of(result).code == ErrorCode::host);
    }
    for (const auto* const result : {"failed", "timeout", "assert", "invalid"}) {
        CAPTURE(result);
        CHECK(error_of(result).code == ErrorCode::failed);
    }
}

TEST_CASE("the hint for a frozen unit is the command that thaws it") {
    const auto error = error_of("frozen");
    CHECK(error.message == "systemd's job ended as frozen: the unit is active (running)");
    CHECK(error.hint == "The unit is frozen.\nRun: sudo systemctl thaw shop.service");
}

TEST_CASE("the hint for a unit that starts only once says so") {
    CHECK_THAT(error_of("once").hint, ContainsSubstring("only once") &&
                                          ContainsSubstring("systemctl status shop.service"));
}
