// SPDX-License-Identifier: Apache-2.0
#include <cli/output/status_view.hpp>

#include <set>

#include <cli/output/json.hpp>
#include <cli/output/overview.hpp>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/samples.hpp"

namespace inhaul::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::commit;

const TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + hours{12}};
const Settings shop = test::settings("shop");

/// An app that is at the head, and was checked a minute ago.
AppFacts well() {
    AppFacts facts{.settings = shop};
    facts.watched = true;
    facts.now = now;
    facts.poll_state.head = facts.poll_state.processed_head = facts.live.tree =
        facts.live.restarted = commit('a');
    facts.live.last_known_good = commit('a');
    facts.poll_state.settings_read = shop.hash;
    facts.poll_state.answered = now - minutes{1};
    facts.live.since = now - hours{3};
    return facts;
}
ledger::Record record(deployment::State state) {
    return {.number = 1, .app = shop.app, .to = commit('b'), .state = std::move(state)};
}
const deployment::Failed failure{{ErrorCode::failed, "shop.service failed", "See journalctl."}};

const deployment::RolledBack rolled_back{commit('a'),
                                         {commit('b'), {ErrorCode::failed, "exit status 1"}}};

std::string word(const AppFacts& facts) {
    return std::string{to_string(state_of(facts).kind)};
}

}  // namespace

TEST_CASE("the time until the server permits no poll is shown") {
    auto facts = well();
    facts.poll_state.poll_error = PollError{.kind = PollErrorKind::server_error,
                                            .message = "server error (503)",
                                            .not_before = now + hours{3}};
    CHECK(remarks_on(facts).front() ==
          "the server permits no poll before " + format_local(now + hours{3}));
    facts.now = now + hours{4};
    for (const auto& remark : remarks_on(facts))
        CHECK(remark.find("permits no poll") == std::string::npos);
}

TEST_CASE("an app at the head is up to date, and the sentence has the time of the check") {
    CHECK(word(well()) == "up-to-date");
    CHECK(state_of(well()).sentence == "up to date, last polled 60 s ago");
    CHECK(remarks_on(well()).empty());
}

TEST_CASE("JSON has the documented keys, and the former keys with the same values") {
    auto facts = well();
    facts.poll_state.poll_error = PollError{PollErrorKind::bad_token, "the token is bad"};
    facts.settings.relay = RelaySettings{.url = "https://smee.io/channel"};
    auto last = record(deployment::Succeeded{commit('b')});
    last.outputs = {{"build", "make", "done", "built"}};
    facts.last = std::move(last);
    const auto status = nlohmann::json::parse(status_json({facts})).at("apps").at(0);
    CHECK(status.at("poll_error").at("reason") == "bad_token");
    CHECK(status.at("live").at("verified") == true);
    const auto same = [](const nlohmann::json& in, const char* former, const char* key) {
        INFO(former << " and " << key);
        CHECK(in.at(former) == in.at(key));
    };
    same(status.at("live"), "proven", "verified");
    same(status.at("live"), "good", "last_known_good");
    same(status.at("live"), "torn", "switch_incomplete");
    same(status, "decided", "processed_head");
    same(status, "last_asked", "last_polled");
    same(status, "poll_way", "poll_method");
    same(status, "standing", "restrictions");
    same(status, "trouble", "poll_error");
    same(status.at("relay"), "heard", "connected");
    same(status.at("relay"), "trouble", "error");
    same(status.at("relay"), "trouble_since", "error_since");
    same(status.at("relay"), "last_word", "last_result");
    same(status.at("last_deployment"), "back_to", "rolled_back_to");
    same(status.at("last_deployment").at("outputs").at(0), "back", "in_rollback");
    same(nlohmann::json::parse(history_json({}, {})), "orders", "operator_actions");
    const setup::Finding works{"token", setup::Finding::Status::good, "works"};
    const auto doctor = nlohmann::json::parse(doctor_json({{"shop", {works}}}, true));
    same(doctor, "well", "healthy");
    same(doctor.at("apps").at(0).at("checks").at(0), "what", "check");
    same(doctor.at("apps").at(0).at("checks").at(0), "verdict", "status");
    same(doctor.at("apps").at(0).at("checks").at(0), "said", "message");
}

TEST_CASE("each state of an app has a word of its own") {
    std::set<std::string> words;
    const auto seen = [&](const AppFacts& facts) { words.insert(word(facts)); };
    seen(well());
    auto facts = well();
    facts.poll_state.poll_error = PollError{PollErrorKind::bad_token, "the token is bad"};
    seen(facts);
    facts = well();
    facts.poll_state.answered.reset();
    facts.poll_state.head.reset();
    seen(facts);
    facts = well();
    facts.poll_state.head = commit('b');
    seen(facts);
    facts = well();
    facts.live.tree = commit('c');
    seen(facts);
    facts = well();
    facts.last = facts.bad = record(failure);
    seen(facts);
    facts = well();
    facts.unfinished = record(deployment::Fetching{});
    seen(facts);
    facts.deploying = true;
    seen(facts);
    facts = well();
    facts.watched = false;
    facts.poll_state.answered = now - hours{3};
    seen(facts);
    facts = well();
    facts.last = facts.bad = record(rolled_back);
    seen(facts);
    facts = well();
    facts.poll_state.head = facts.poll_state.processed_head = commit('b');
    facts.last = record(deployment::Refused{"paths", "nothing has changed in src"});
    facts.bad = facts.last;
    seen(facts);
    facts = well();
    facts.poll_state.head = commit('b');
    facts.restrictions.hold =
        ledger::Hold{commit('b'), "minimum_age", "too young", now + hours{1}, now - hours{1}};
    seen(facts);
    facts.restrictions.pin = ledger::Pin{commit('a'), {"ada", "a demo"}, now};
    seen(facts);
    facts.restrictions.pause = ledger::Pause{{}, {"ada", "a talk"}, now};
    seen(facts);
    CHECK(words == std::set<std::string>{"up-to-date", "cannot-tell", "unknown", "behind", "held",
                                         "failed", "interrupted", "deploying", "stale",
                                         "rolled-back", "refused", "waiting", "paused", "pinned"});
}

TEST_CASE("an unknown head comes first, with the time of the last answer") {
    auto facts = well();
    facts.poll_state.poll_error =
        PollError{PollErrorKind::no_access, "octocat/shop: not found", "Check the token."};
    facts.last = facts.bad = record(failure);
    const auto state = state_of(facts);
    CHECK(state.kind == AppState::Kind::polls_failing);
    CHECK(state.sentence ==
          "cannot read the head of main (last answer 60 s ago): octocat/shop: not found. "
          "Check the token.");
    facts.poll_state.answered.reset();
    CHECK(state_of(facts).sentence.find("(no answer yet)") != std::string::npos);
}

TEST_CASE("the live head is deployed, also when inhaul checks it again after an operator action") {
    auto facts = well();
    facts.poll_state.processed_head.reset();
    CHECK(word(facts) == "up-to-date");
    CHECK_THAT(explanation_of(facts), !test::ContainsSubstring("not deployed yet"));
    facts.restrictions.pause = ledger::Pause{{}, {"ada", "a talk"}, now};
    CHECK_THAT(explanation_of(facts),
               test::ContainsSubstring("inhaul deploys new pushes after `inhaul resume shop`."));
    facts.restrictions.pause.reset();
    facts.live.last_known_good = commit('c');  // its checks have not passed
    CHECK(word(facts) == "behind");
}

TEST_CASE("why: a hint is printed once, and no hint that cannot help") {
    const auto times = [](const AppFacts& facts, std::string_view text) {
        const auto all = explanation_of(facts);
        std::size_t count = 0;
        for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1))
            ++count;
        return count;
    };
    auto facts = well();
    facts.last = facts.bad = record(rolled_back);
    facts.poll_state.head = facts.poll_state.processed_head = commit('b');
    facts.restrictions.quarantine = {{commit('b'), "exit status 1", now, 1}};
    CHECK(times(facts, "inhaul retry shop") == 1);
    auto unfinished_rollback = record(deployment::Failed{
        {ErrorCode::failed, "roll back", "Run: inhaul rollback shop\nOr run: inhaul retry shop"}});
    unfinished_rollback.steps.push_back({"restarting-back", now});
    facts.last = facts.bad = unfinished_rollback;
    CHECK(times(facts, "inhaul retry shop") == 1);
    CHECK(times(facts, "inhaul deploy shop") == 0);
    facts.restrictions.quarantine.clear();
    facts.last = facts.bad = record(deployment::Refused{"paths", "nothing has changed"});
    CHECK(times(facts, "--force") == 1);
    facts.last = facts.bad = record(deployment::Refused{"checkout", "a git-crypt file"});
    CHECK(times(facts, "--force") == 0);
    facts.last = facts.bad = record(deployment::Failed{
        {ErrorCode::failed, std::string(1500, 'x'), "Run: sudo chattr -i /srv/shop/x"}});
    CHECK(times(facts, "Run `sudo chattr -i /srv/shop/x`.") == 1);
}

TEST_CASE("a sentence has a capital letter and a full stop, and an empty one has nothing") {
    CHECK(as_sentence("").empty());
    CHECK(as_sentence("shop failed") == "Shop failed.");
    CHECK(as_sentence("aaaaaaa is live.") == "aaaaaaa is live.");
    CHECK(as_sentence("inhaul waits") == "inhaul waits.");
}

TEST_CASE("the page has no sentence for an app without a fault, and quotes a command") {
    const auto sentence_of = [](const AppFacts& facts) {
        const auto overview = overview_of({facts}, {}, {});
        REQUIRE(overview);
        return overview->apps.at(0).sentence;
    };
    auto facts = well();
    CHECK(sentence_of(facts).empty());
    facts.last = facts.bad = record(deployment::Failed{
        {ErrorCode::failed, "x is not writable", "Run: sudo chown -R scripts /srv/shop/x"}});
    CHECK(sentence_of(facts) ==
          "bbbbbbb failed: x is not writable. Run `sudo chown -R scripts /srv/shop/x`.");
}

TEST_CASE("an old answer becomes stale when no agent runs") {
    auto facts = well();
    facts.watched = false;
    facts.poll_state.answered = now - minutes{10};
    CHECK(word(facts) == "up-to-date");
    facts.poll_state.answered = now - minutes{16};
    CHECK(word(facts) == "stale");
}

TEST_CASE("a failure shows its cause and its hint") {
    auto facts = well();
    facts.last = facts.bad = record(failure);
    CHECK(state_of(facts).sentence == "bbbbbbb failed: shop.service failed. See journalctl.");
}

TEST_CASE("a failed hook names the command that shows its output") {
    auto facts = well();
    facts.last = facts.bad = record(failure);
    facts.bad->outputs.push_back({"build", "make", "done", "made"});
    CHECK_THAT(state_of(facts).sentence, !test::ContainsSubstring("inhaul show"));
    facts.bad->outputs.push_back({"activate", "bin/migrate", "exit status 1", "no"});
    CHECK(
        state_of(facts).sentence ==
        "bbbbbbb failed: shop.service failed. See journalctl. To show the output of the hooks, run "
        "`inhaul show 1`");
    facts.bad->state = rolled_back;
    CHECK_THAT(state_of(facts).sentence, test::ContainsSubstring("`inhaul show 1`"));
    CHECK_THAT(explanation_of(facts), test::ContainsSubstring("`inhaul show 1`"));
}

TEST_CASE("a rollback names the failed commit, the cause, the live commit and the retry command") {
    auto facts = well();
    facts.last = facts.bad = record(rolled_back);
    facts.restrictions.quarantine = {{commit('b'), "exit status 1", now, 1}};
    const auto sentence = state_of(facts).sentence;
    for (const auto* const words :
         {"bbbbbbb failed", "rolled back to aaaaaaa", "exit status 1", "inhaul retry shop"})
        CHECK(sentence.find(words) != std::string::npos);
}

TEST_CASE("a rollback without the commit's fault shows when or how it is retried") {
    auto facts = well();
    facts.last = facts.bad = record(rolled_back);
    facts.poll_state.head = commit('b');
    CHECK_THAT(state_of(facts).sentence, test::ContainsSubstring("inhaul retries it later"));
    facts.poll_state.next_poll = now + minutes{4};
    CHECK_THAT(
        explanation_of(facts),
        test::ContainsSubstring("inhaul retries it in 4 min. To retry it now, run `inhaul deploy "
                                "shop`."));
    facts.poll_state.processed_head = commit('b');
    CHECK_THAT(state_of(facts).sentence,
               test::ContainsSubstring(
                   "does not retry it automatically. To retry it, run `inhaul deploy shop`"));
}

TEST_CASE("a new build of the live commit that failed is a remark") {
    auto facts = well();
    facts.last = record(deployment::RolledBack{commit('a'), {commit('a'), failure.cause}});
    CHECK(word(facts) == "up-to-date");
    const auto remarks = remarks_on(facts);
    REQUIRE(remarks.size() == 1);
    CHECK_THAT(remarks[0], test::ContainsSubstring("a new build of aaaaaaa failed, and the "
                                                   "previous build is live again"));
}

TEST_CASE("a failed request of an operator is a remark and not the state of the app") {
    auto facts = well();
    facts.last = record(failure);
    CHECK(word(facts) == "up-to-date");
    CHECK(remarks_on(facts) ==
          std::vector<std::string>{"deployment 1: bbbbbbb failed: shop.service "
                                   "failed. See journalctl."});
}

TEST_CASE("why: a commit without a successful restart and probe is not called live") {
    auto facts = well();
    facts.last = facts.bad = record(failure);
    facts.live.last_known_good = commit('c');
    CHECK_THAT(
        explanation_of(facts),
        test::ContainsSubstring(
            "the directory is at aaaaaaa, which the restart and the probe have not verified."));
    facts.live.switch_incomplete = true;
    CHECK_THAT(explanation_of(facts),
               test::ContainsSubstring("the last switch was interrupted: the directory has files "
                                       "of aaaaaaa and of another commit."));
}

TEST_CASE("settings that a running agent has not read are a remark") {
    auto facts = well();
    facts.settings.hash = "another";
    const auto remarks = remarks_on(facts);
    REQUIRE(remarks.size() == 1);
    CHECK(remarks[0] ==
          "the settings are not reloaded yet: /etc/inhaul/scripts/shop.toml changed after the "
          "agent read it; run "
          "`sudo systemctl reload inhaul@scripts`");
    CHECK_THAT(explanation_of(facts), test::ContainsSubstring("The settings are not reloaded yet"));
    facts.unit_changed = true;
    CHECK(remarks_on(facts).front() ==
          "the agent's unit changed after the agent started; run `sudo systemctl "
          "daemon-reload && sudo systemctl restart inhaul@scripts`");
    facts.poll_state.settings_read.clear();  // by an agent of an earlier version
    facts.poll_state.settings_hash = "another/api.github.com";
    CHECK(remarks_on(facts).empty());
    facts.poll_state.settings_hash = "other/api.github.com";
    CHECK(remarks_on(facts).size() == 1);
    facts.watched = false;
    for (const auto& remark : remarks_on(facts))
        CHECK_THAT(remark, !test::ContainsSubstring("reload"));
}

TEST_CASE("a failure before a pause is a remark") {
    auto facts = well();
    facts.last = facts.bad = record(rolled_back);
    facts.restrictions.pause = ledger::Pause{now + hours{1}, {"ada", "a talk"}, now};
    CHECK(state_of(facts).sentence.find("by ada") != std::string::npos);
    CHECK(state_of(facts).sentence.find(" until 2026-03-01 ") != std::string::npos);
    CHECK(state_of(facts).sentence.find(": a talk") != std::string::npos);
    REQUIRE(remarks_on(facts).size() == 1);
    CHECK(remarks_on(facts)[0].find("bbbbbbb failed") == 0);
}

TEST_CASE("a refusal of an older head is not the state of the app") {
    auto facts = well();
    facts.last = record(deployment::Refused{"paths", "nothing has changed in src"});
    facts.last->head = commit('b');
    CHECK(word(facts) == "up-to-date");
}

TEST_CASE("a missing agent, a rename, an expiring token and an interrupted switch are remarks") {
    auto facts = well();
    facts.watched = false;
    facts.poll_state.moved_to = "octocat/store";
    facts.poll_state.token_expires = now + hours{48};
    facts.live.switch_incomplete = true;
    CHECK(remarks_on(facts).size() == 4);
}

TEST_CASE("a pause is a remark while the forge does not answer") {
    auto facts = well();
    facts.restrictions.pause = ledger::Pause{{}, {"ada", "moving house"}, now - minutes{5}};
    facts.poll_state.poll_error = PollError{PollErrorKind::unreachable, "connect: timed out"};
    CHECK(word(facts) == "cannot-tell");
    const auto remarks = remarks_on(facts);
    REQUIRE(remarks.size() == 1);
    CHECK_THAT(remarks.front(), test::ContainsSubstring("moving house"));
    CHECK_THAT(explanation_of(facts), test::ContainsSubstring("moving house"));
}

TEST_CASE("why: the deployment of the live commit is named, also after later deployments") {
    auto facts = well();
    facts.made_live = record(deployment::Succeeded{commit('a')});
    facts.last = record(deployment::Refused{"fast_forward", "no"});
    CHECK_THAT(explanation_of(facts),
               test::ContainsSubstring("live for 3 h (deployment 1, triggered by a command)"));
    facts.made_live->trigger = Trigger::poll;
    CHECK_THAT(explanation_of(facts),
               test::ContainsSubstring("live for 3 h (deployment 1, triggered by polling)"));
}

TEST_CASE("the times of the last and the next poll are a remark while an agent runs") {
    auto facts = well();
    facts.poll_state.polled = now - minutes{1};
    facts.poll_state.next_poll = now + minutes{4};
    CHECK(remarks_on(facts) ==
          std::vector<std::string>{"last polled 60 s ago, next poll in 4 min"});
    facts.poll_state.next_poll = now - minutes{4};
    CHECK(remarks_on(facts) == std::vector<std::string>{"last polled 60 s ago, next poll now"});
}

TEST_CASE("why: the live commit, the head and the next poll are named") {
    auto facts = well();
    facts.live_summary = CommitSummary{"Ada", "Sell \x1b[31mmore", {}};
    facts.poll_state.next_poll = now + minutes{4};
    CHECK(explanation_of(facts) ==
          "shop: aaaaaaa \"Sell \\x1b[31mmore\" has been live for 3 h. The head of main was the "
          "same commit 60 s ago. The next poll is in 4 min.");
    facts.relay.connected = now;
    CHECK_THAT(explanation_of(facts), !test::ContainsSubstring("relay"));  // it was removed
    facts.settings.relay.emplace();
    CHECK_THAT(explanation_of(facts), test::ContainsSubstring("when the relay reports a push"));
    facts.watched = false;
    CHECK_THAT(explanation_of(facts), test::ContainsSubstring("No agent runs"));
    CHECK_THAT(explanation_of({.settings = shop, .now = now}),
               test::ContainsSubstring("shop: nothing has been deployed yet. The head of main is "
                                       "not known yet. No agent runs"));
}

TEST_CASE("why: each state names the event that ends it") {
    const auto says = [](const AppFacts& facts, const std::string& what) {
        CHECK_THAT(explanation_of(facts), test::ContainsSubstring(what));
    };
    auto facts = well();
    facts.last = facts.bad = record(rolled_back);
    facts.poll_state.head = facts.poll_state.processed_head = commit('b');
    facts.restrictions.quarantine = {{commit('b'), "exit status 1", now, 1}};
    says(facts, "To retry this commit now, run `inhaul retry shop`.");
    facts = well();
    facts.last = facts.bad = record(failure);
    says(facts, "After the cause is fixed, run `inhaul deploy shop`.");
    facts = well();
    facts.poll_state.head = commit('b');
    facts.restrictions.pause = ledger::Pause{now + hours{1}, {"ada", "a talk"}, now};
    says(facts, "Paused by ada on ");
    says(facts, "inhaul deploys bbbbbbb on ");
    says(facts, ", or after `inhaul resume shop`.");
    facts.restrictions.pause->until.reset();
    says(facts, "inhaul deploys bbbbbbb after `inhaul resume shop`.");
    facts.restrictions.pause.reset();
    facts.restrictions.hold = ledger::Hold{commit('b'), "windows", "closed", now + hours{2}, now};
    says(facts, "inhaul checks the gate again on ");
    facts.restrictions.hold.reset();
    facts.restrictions.pin = ledger::Pin{commit('a'), {"ada", ""}, now};
    says(facts, "until `inhaul unpin shop`.");
    facts = well();
    facts.live.tree = commit('c');
    says(facts, "To deploy the head now, run `inhaul deploy shop`.");
    facts = well();
    facts.poll_state.poll_error = PollError{PollErrorKind::bad_token, "the token is bad"};
    says(facts, "Cannot read the head of main (last answer 60 s ago): the token is bad.");
    facts = well();
    facts.unfinished = record(deployment::Planned{});
    says(facts, "It had changed nothing, and the next deployment replaces it.");
    facts.unfinished = record(deployment::Switching{commit('b')});
    says(facts, "The agent resumes it.");
    facts.watched = false;
    says(facts, "To resume it, run `inhaul deploy shop`.");
    facts.schedule = setup::Schedule{ledger::Scheduler::cron, now, false};
    says(facts, "The next run of cron resumes it.");
    facts.schedule.reset();
    facts.watched = true;
    facts.deploying = true;
    says(facts, "The deployment is running.");
    facts = well();
    facts.poll_state.head = commit('b');
    auto refused = record(deployment::Refused{"paths", "nothing has changed"});
    refused.head = commit('b');
    facts.poll_state.processed_head = commit('b');
    facts.last = facts.bad = refused;
    says(facts, "bbbbbbb was refused: paths: nothing has changed. ");
}

}  // namespace inhaul::cli
