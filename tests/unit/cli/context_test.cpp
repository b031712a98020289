// SPDX-License-Identifier: Apache-2.0
#include <cli/context.hpp>

#include "support/catch.hpp"
#include "support/samples.hpp"

using namespace inhaul;

namespace {

cli::Context context_with(std::vector<config::Problem> problems) {
    cli::Context context;
    context.global.config = "/srv/settings";
    context.places = {"/srv/settings", "/srv/state"};
    context.loaded.problems = std::move(problems);
    return context;
}

}  // namespace

TEST_CASE("an app in a directory that cannot be used is not called missing") {
    const auto context =
        context_with({{"/srv/settings", 0, 0, {}, "cannot be read: Permission denied", "Hint."}});
    const auto app = context.app("shop");
    REQUIRE_FALSE(app);
    CHECK(app.error().code == ErrorCode::configuration);
    CHECK(app.error().message == "/srv/settings: cannot be read: Permission denied\n        Hint.");
}

TEST_CASE("an operator's action accepts an app with a problem of this host") {
    auto context = context_with({{"/etc/inhaul/scripts/shop.toml",
                                  1,
                                  1,
                                  "auth.ssh_key",
                                  "/k: No such file or directory",
                                  {}}});
    context.loaded.with_problems = {test::settings("shop")};
    CHECK_FALSE(context.app("shop"));
    CHECK(context.app_despite_problems("shop")->app.text() == "shop");
    CHECK_FALSE(context.app_despite_problems("blog"));
}
