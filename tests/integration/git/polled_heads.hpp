// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/git/heads.hpp>

#include "place.hpp"

namespace inhaul::test {

/// The real clock, and a part that a test adds.
struct AheadClock final : Clock {
    [[nodiscard]] TimePoint now() const override { return system_clock().now() + ahead; }
    [[nodiscard]] SteadyPoint steady() const override { return system_clock().steady() + ahead; }
    [[nodiscard]] Uptime uptime() const override { return system_clock().uptime(); }
    void wait(Milliseconds time) const override { system_clock().wait(time); }
    Milliseconds ahead{0};
};

/// Polls heads as the agent does, in its event loop.
struct AskedHeads {
    explicit AskedHeads(Milliseconds deadline = Seconds{30}) : heads(make(deadline)) {}

    std::optional<GitHead> ask(const Settings& settings) {
        std::optional<std::optional<GitHead>> answer;
        heads->poll_head(settings, [&](std::optional<GitHead> head) { answer = std::move(head); });
        CHECK_FALSE(answer);  // only from within the loop
        while (!answer)
            loop.run_once({});
        return *answer;
    }
    CommitId head(const Settings& settings) {
        const auto answer = ask(settings);
        REQUIRE(answer);
        return must(answer->commit);
    }
    Error error(const Settings& settings) {
        const auto answer = ask(settings);
        REQUIRE(answer);
        return error_of(answer->commit);
    }

    std::unique_ptr<GitHeads> make(Milliseconds deadline) {
        return git::heads(client, loop, clock, deadline);
    }

    http::Client client;
    AheadClock clock;
    EventLoop loop{client, clock};
    std::unique_ptr<GitHeads> heads;
};

}  // namespace inhaul::test
