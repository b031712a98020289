// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/publish/overview.hpp>

namespace inhaul::test {

/// An account with an app whose texts try to break each format.
inline publish::Overview hostile() {
    publish::App app;
    app.name = "shop";
    app.repository = "ada/\"shop\"\\\n</td>";
    app.branch = "main<b>";
    app.units = "shop.service";
    app.state = app.state_shown = "rolled-back";
    app.tone = publish::Tone::bad;
    app.sentence = "<script>alert(1)</script> & \"quotes\"";
    app.live = std::string(40, 'a');
    app.verified = true;
    app.live_subject = "<img src=x onerror=alert(1)>";
    app.live_since = TimePoint{Milliseconds{1'767'323'045'000}};
    app.head = std::string(40, 'b');
    app.last_answer = TimePoint{Milliseconds{1'767'323'045'500}};
    app.failed = true;
    publish::Deployment one;
    one.number = 7;
    one.trigger = "poll";
    one.from = "aaaaaaa";
    one.to = "bbbbbbb";
    one.subject = "a</small></td></tr></table><script>\x1b[31m";
    one.author = "Eve' onload='x";
    one.started = TimePoint{Milliseconds{1'767'323'045'000}};
    one.took = Milliseconds{4'500};
    one.steps = {{"fetching", Milliseconds{500}},
                 {"switching", Milliseconds{1'000}},
                 {"restarting-back", Milliseconds{3'000}}};
    one.outcome = "rolled-back";
    one.tone = publish::Tone::bad;
    one.cause = "exit status 1 <&>";
    app.deployments = {one};
    app.totals.deployments = {{"succeeded", 3}, {"rolled_back", 1}};
    app.totals.within = {1, 3, 4, 4, 4, 4};
    app.totals.took = Milliseconds{12'345};
    app.totals.unchanged = 1'000'000'000'000;
    return {.host = "web<1>",
            .account = "scripts",
            .version = "0.1.0",
            .watched = true,
            .written = TimePoint{Milliseconds{1'767'323'105'000}},
            .apps = {app}};
}

}  // namespace inhaul::test
