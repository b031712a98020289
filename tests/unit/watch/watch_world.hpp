// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <inhaul/watch/watcher.hpp>

#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_ledger.hpp"
#include "support/samples.hpp"

/// A watcher, with a forge that the test answers and workers that it ends.
namespace inhaul::watch {

using test::commit;

/// Keeps each poll open until the test answers it.
struct FakeForge final : forge::Forge {
    struct Open {
        AppName app;
        std::optional<CommitId> known;
        std::optional<std::int64_t> repository_id;
        Answered answered;
    };
    std::vector<Open> open;
    std::size_t polled = 0;
    std::size_t resets = 0;
    std::string budget_name = "rest of the token";
    std::vector<std::string> deployment_budget_names;

    void poll_head(const forge::HeadRequest& request, Answered answered) override {
        ++polled;
        open.push_back(
            {request.settings.app, request.known, request.repository_id, std::move(answered)});
    }
    std::string budget(const Settings& /*settings*/) override { return budget_name; }
    std::vector<std::string> deployment_budgets(const Settings& /*settings*/) override {
        return deployment_budget_names;
    }
    void reset() override { ++resets; }

    void answer(const HeadAnswer& with) {
        REQUIRE_FALSE(open.empty());
        auto first = std::move(open.front());
        open.erase(open.begin());
        first.answered(with);
    }
};

/// Workers that run until the test ends them.
struct FakeWorkers final : Workers {
    struct Running {
        AppName app;
        CommitId expected;
        Trigger trigger;
        std::string origin;
        Ended ended;
    };
    std::vector<Running> running;
    std::vector<Ended> resuming;
    bool locked = false;  ///< another process deploys
    std::size_t started = 0;
    bool fail_to_start = false;

    void start(const Settings& settings, const CommitId& expected, Trigger trigger,
               const std::string& origin, Ended ended) override {
        ++started;
        if (fail_to_start) return ended(ExitCode::try_later);
        running.push_back({settings.app, expected, trigger, origin, std::move(ended)});
    }
    void resume(const Settings& /*settings*/, Trigger /*trigger*/, Ended ended) override {
        resuming.push_back(std::move(ended));
    }
    bool deploying(const AppName& /*app*/) override { return locked; }
    void end_all() override {}

    void end_resumed(ExitCode code) {
        REQUIRE_FALSE(resuming.empty());
        auto ended = std::move(resuming.back());
        resuming.pop_back();
        ended(code);
    }
    void end(ExitCode code) {
        REQUIRE_FALSE(running.empty());
        auto first = std::move(running.front());
        running.erase(running.begin());
        first.ended(code);
    }
};

struct World {
    test::FakeClock clock;
    test::FakeLedger ledger{clock};
    FakeForge forge;
    FakeWorkers workers;
    Watcher watcher{{forge, workers, ledger, clock}, 42};

    void watch(const std::vector<std::string>& names) {
        std::vector<Settings> apps;
        for (const auto& name : names)
            apps.push_back(test::settings(name));
        REQUIRE(watcher.set_apps(std::move(apps)));
    }
    /// Advances to the next due action and runs it.
    void next() {
        REQUIRE(watcher.next_wake());
        clock.advance(std::max(*watcher.next_wake() - clock.steady(), Milliseconds{0}));
        watcher.tick();
    }
    /// Advances to the next poll, and gives it this answer.
    void poll(const HeadAnswer& answer) {
        next();
        forge.answer(answer);
        watcher.tick();
    }
    void decide(const std::string& app, char digit) {
        ledger.polls[*AppName::parse(app)].state.processed_head = commit(digit);
    }
    ledger::PollState stored(const std::string& app) {
        return ledger.polls[*AppName::parse(app)].state;
    }
};

inline HeadAnswer head(char digit) {
    return {NewHead{commit(digit)}};
}
inline HeadAnswer poll_error(PollErrorKind kind) {
    return {PollError{kind, "the reason", "the hint"}};
}

}  // namespace inhaul::watch
