// SPDX-License-Identifier: Apache-2.0
#include <service/own_unit.hpp>

#include "support/catch.hpp"

using namespace inhaul;
using namespace inhaul::service;

namespace {

const OwnUnit in_a_service{.unit = "inhaul@deploy.service",
                           .user_unit = "",
                           .cgroup = "/system.slice/system-inhaul.slice/inhaul@deploy.service"};
const OwnUnit in_a_user_service{
    .unit = "user@1000.service",
    .user_unit = "app.service",
    .cgroup = "/user.slice/user-1000.slice/user@1000.service/app.slice/app.service"};

SystemdUnit system_unit(std::string name) {
    return {std::move(name), SystemdUnit::Scope::system};
}
SystemdUnit user_unit(std::string name) {
    return {std::move(name), SystemdUnit::Scope::user};
}
UnitState with_cgroup(std::string cgroup) {
    UnitState state;
    state.cgroup = std::move(cgroup);
    return state;
}

}  // namespace

TEST_CASE("another unit may be restarted") {
    const auto state = with_cgroup("/system.slice/shop.service");
    CHECK_FALSE(would_end(in_a_service, system_unit("shop.service"), nullptr));
    CHECK_FALSE(would_end(in_a_service, system_unit("shop.service"), &state));
}

TEST_CASE("the unit of this process is recognised by its name") {
    CHECK(would_end(in_a_service, system_unit("inhaul@deploy.service"), nullptr));
    CHECK(would_end(in_a_user_service, user_unit("app.service"), nullptr));
}

TEST_CASE("units of the two managers with one name are different units") {
    CHECK_FALSE(would_end(in_a_user_service, system_unit("app.service"), nullptr));
    CHECK_FALSE(would_end(in_a_service, user_unit("inhaul@deploy.service"), nullptr));
}

TEST_CASE("the unit of the user manager contains its units") {
    CHECK(would_end(in_a_user_service, system_unit("user@1000.service"), nullptr));
}

TEST_CASE("the unit of this process is recognised by its cgroup under any name") {
    const auto state = with_cgroup(in_a_service.cgroup);
    CHECK(would_end(in_a_service, system_unit("alias.service"), &state));
}

TEST_CASE("the unit of this process is recognised by its Id under any name") {
    UnitState state;
    state.id = in_a_service.unit;
    CHECK(would_end(in_a_service, system_unit("alias.service"), &state));
    CHECK_FALSE(would_end({}, system_unit("alias.service"), &state));
}

TEST_CASE("a unit whose cgroup contains ours is refused") {
    for (const auto* above : {"/", "/system.slice", "/system.slice/system-inhaul.slice"}) {
        const auto state = with_cgroup(above);
        CHECK(would_end(in_a_service, system_unit("above.slice"), &state));
    }
}

TEST_CASE("a cgroup whose name only begins like ours is different") {
    const auto state = with_cgroup("/system.slice/system-inhaul.slice/inhaul@deploy");
    CHECK_FALSE(would_end(in_a_service, system_unit("x.service"), &state));
}

TEST_CASE("a unit whose stop also stops ours is refused") {
    auto state = with_cgroup("/system.slice/shop.service");
    state.stopped_along = {"other.service", "inhaul@deploy.service"};
    const auto why = would_end(in_a_service, system_unit("shop.service"), &state);
    REQUIRE(why);
    CHECK(*why == "a restart of the unit also stops inhaul@deploy.service, in which inhaul runs");
}

TEST_CASE("without systemd no unit is refused") {
    const auto state = with_cgroup("");
    CHECK_FALSE(would_end({}, system_unit("shop.service"), &state));
}
