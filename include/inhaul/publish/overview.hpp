// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>

/// The published facts about the apps of an account. The metrics, the page and the badges are
/// written from these plain values. Texts may come from commits and servers: each writer escapes
/// them.
namespace inhaul::publish {

/// How good a state or an outcome is, for colours and badges.
enum class Tone { good, busy, warning, bad };

struct Step {
    std::string state;
    Milliseconds took;
};

/// One deployment.
struct Deployment {
    std::int64_t number = 0;
    std::string trigger;
    std::string from;  ///< seven digits of a commit; empty if unknown
    std::string to;
    std::string subject;
    std::string author;
    TimePoint started;
    Milliseconds took{0};
    std::vector<Step> steps;
    std::string outcome;  ///< succeeded, rolled-back, …
    Tone tone = Tone::good;
    std::string cause;  ///< empty for a success
};

/// Totals since the app is known. They never decrease.
struct Totals {
    std::map<std::string, std::uint64_t> deployments;            ///< by outcome
    std::array<std::uint64_t, duration_bounds.size()> within{};  ///< of each bound, cumulative
    Milliseconds took{0};
    std::uint64_t changed = 0, unchanged = 0, errors = 0;  ///< polls
    std::uint64_t reconnects = 0;                          ///< of the relay
    std::uint64_t accepted_events = 0;                     ///< of the relay
    std::map<std::string, std::uint64_t> refused_events;   ///< by reason
};

struct App {
    std::string name;
    std::string repository;
    std::string branch;
    std::string units;        ///< separated by commas
    std::string state;        ///< for programs: up-to-date, rolled-back, …
    std::string state_shown;  ///< the same for people
    Tone tone = Tone::good;
    std::string sentence;
    std::vector<std::string> remarks;

    std::string live;  ///< the full ID of the commit in the directory; empty without one
    bool verified = false;
    std::string live_subject;
    std::optional<TimePoint> live_since;
    std::string head;
    std::optional<TimePoint> last_answer;       ///< of the forge
    std::optional<std::int64_t> requests_left;  ///< in the rate limit of the forge
    std::optional<bool> relay_connected;        ///< empty without a relay

    bool deploying = false, failed = false, quarantined = false, paused = false, pinned = false,
         waiting = false;

    std::vector<Deployment> deployments;  ///< the newest first
    Totals totals;
};

/// What became of the messages of a notification target.
struct Notifications {
    std::string target;
    std::int64_t sent = 0, failed = 0, expired = 0;
};

struct Overview {
    std::string host;
    std::string account;
    std::string version;
    bool watched = false;  ///< an agent or a schedule deploys pushes
    TimePoint written;
    std::vector<App> apps;
    std::vector<Notifications> notifications;  ///< of each target but pings
};

}  // namespace inhaul::publish
