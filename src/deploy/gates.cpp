// SPDX-License-Identifier: Apache-2.0
#include "gates.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <inhaul/util/text.hpp>

namespace inhaul::deploy {
namespace {

using deployment::Held;
using deployment::Refused;

bool is_open(const TimeWindow& window, const WeekTime& time) {
    const auto has = [&](int day) { return (window.days >> static_cast<unsigned>(day) & 1U) != 0; };
    const auto between = [&](int minute) { return minute >= window.from && minute < window.to; };
    // A window past midnight belongs to the day of its start.
    return (has(time.day) && between(time.minute)) ||
           (has((time.day + 6) % 7) && between(time.minute + minutes_a_day));
}

bool any_open(const std::vector<TimeWindow>& windows, const ZoneClock& clock, TimePoint at) {
    const auto time = clock.week_time(at);
    return std::any_of(windows.begin(), windows.end(),
                       [&](const auto& window) { return is_open(window, time); });
}

class WindowGate final : public Gate {
public:
    explicit WindowGate(const Requirements& require)
        : windows_(require.windows), zone_(require.zone) {}
    [[nodiscard]] std::string_view name() const override { return "windows"; }
    [[nodiscard]] Result<GateResult> check(const Candidate& candidate) override {
        const auto opening = next_opening(windows_, zone_, candidate.now);
        if (opening == candidate.now) return Passes{};
        if (!opening) return Held{std::string{name()}, "no window opens within eight days"};
        return Held{std::string{name()}, fmt::format("closed until {}", format_local(*opening)),
                    *opening};
    }

private:
    std::vector<TimeWindow> windows_;
    std::string zone_;
};

class FastForwardGate final : public Gate {
public:
    explicit FastForwardGate(git::HistoryReader& history) : history_(history) {}
    [[nodiscard]] std::string_view name() const override { return "fast_forward"; }
    [[nodiscard]] Result<GateResult> check(const Candidate& candidate) override {
        if (!candidate.live || TRY(history_.descends(candidate.commit, *candidate.live)))
            return Passes{};
        return Refused{
            std::string{name()},
            fmt::format("the live commit {} is not in the history of {}: this is an older "
                        "commit, or the branch was rewritten",
                        candidate.live->short_form(), candidate.commit.short_form())};
    }

private:
    git::HistoryReader& history_;
};

class SkipGate final : public Gate {
public:
    SkipGate(std::string marker, git::CommitReader& commits)
        : marker_(std::move(marker)), commits_(commits) {}
    [[nodiscard]] std::string_view name() const override { return "skip_marker"; }
    [[nodiscard]] Result<GateResult> check(const Candidate& candidate) override {
        const auto message = TRY(commits_.message(candidate.commit));
        if (message.find(marker_) == std::string::npos) return Passes{};
        return Refused{std::string{name()}, fmt::format("the commit message contains {}", marker_)};
    }

private:
    std::string marker_;
    git::CommitReader& commits_;
};

class PathGate final : public Gate {
public:
    PathGate(std::vector<std::string> paths, git::HistoryReader& history)
        : paths_(std::move(paths)), history_(history) {}
    [[nodiscard]] std::string_view name() const override { return "paths"; }
    [[nodiscard]] Result<GateResult> check(const Candidate& candidate) override {
        if (!candidate.live ||
            TRY(history_.differ_below(*candidate.live, candidate.commit, paths_)))
            return Passes{};
        return Refused{std::string{name()},
                       fmt::format("nothing has changed since {} in {}",
                                   candidate.live->short_form(), fmt::join(paths_, ", "))};
    }

private:
    std::vector<std::string> paths_;
    git::HistoryReader& history_;
};

/// Else a Git LFS pointer would go live in place of its file.
class LfsGate final : public Gate {
public:
    explicit LfsGate(git::HistoryReader& history) : history_(history) {}
    [[nodiscard]] std::string_view name() const override { return "lfs_content"; }
    [[nodiscard]] Result<GateResult> check(const Candidate& candidate) override {
        constexpr std::size_t most = 3;
        auto pointers = TRY(history_.lfs_pointers(candidate.live, candidate.commit, most + 1));
        if (pointers.empty()) return Passes{};
        const bool more = pointers.size() > most;
        if (more) pointers.pop_back();
        for (auto& path : pointers)
            path = printable(path, 100);
        return Refused{
            std::string{name()},
            fmt::format("{}{}: the repository contains only a Git LFS pointer, and inhaul "
                        "does not fetch LFS content. To deploy the pointer: "
                        "require.lfs_content = false",
                        fmt::join(pointers, ", "), more ? ", …" : "")};
    }

private:
    git::HistoryReader& history_;
};

/// The age is the time since this host first saw the commit: the commit's own dates prove nothing.
class AgeGate final : public Gate {
public:
    explicit AgeGate(Milliseconds least) : least_(least) {}
    [[nodiscard]] std::string_view name() const override { return "minimum_age"; }
    [[nodiscard]] Result<GateResult> check(const Candidate& candidate) override {
        const auto known = candidate.known;
        if (known >= least_) return Passes{};
        return Held{
            std::string{name()},
            fmt::format("this host has known the commit for less than {}", format_duration(least_)),
            candidate.now + least_ - known};
    }

private:
    Milliseconds least_;
};

}  // namespace

std::optional<TimePoint> next_opening(const std::vector<TimeWindow>& windows,
                                      const std::string& zone, TimePoint now) {
    using std::chrono::minutes;
    // Once for all minutes: each change of zone reads a file.
    const ZoneClock clock{zone};
    if (any_open(windows, clock, now)) return now;
    const auto first = std::chrono::floor<minutes>(now) + minutes{1};
    for (int minute = 0; minute < 8 * minutes_a_day; ++minute)
        if (any_open(windows, clock, first + minutes{minute})) return first + minutes{minute};
    return std::nullopt;
}

void consider_hold(Candidate& candidate, const ledger::Restrictions& restrictions) {
    const auto& hold = restrictions.hold;
    if (hold && hold->commit == candidate.commit) {
        candidate.held = hold->held;
        candidate.since_check = hold->since_check;
    }
    // For a commit that an operator chose, the ledger has only the time of its hold.
    const auto& head = restrictions.head;
    candidate.known = candidate.held + candidate.since_check;
    if (head && head->commit == candidate.commit)
        candidate.known = std::max(candidate.known, head->known);
}

/// Gates that refuse come before gates that wait: a refusal should not be delayed.
Gates gates_of(const Settings& settings, git::CommitReader& commits, git::HistoryReader& history,
               std::unique_ptr<forge::Checks> checks) {
    const auto& require = settings.require;
    Gates gates;
    if (require.fast_forward) gates.push_back(std::make_unique<FastForwardGate>(history));
    if (!require.skip_marker.empty())
        gates.push_back(std::make_unique<SkipGate>(require.skip_marker, commits));
    if (!require.paths.empty()) gates.push_back(std::make_unique<PathGate>(require.paths, history));
    if (require.lfs_content) gates.push_back(std::make_unique<LfsGate>(history));
    if (require.allowed_signers || require.gpg_keys)
        gates.push_back(signature_gate(require, commits));
    if (require.minimum_age.count() > 0)
        gates.push_back(std::make_unique<AgeGate>(require.minimum_age));
    if (require.checks && checks) gates.push_back(checks_gate(require, std::move(checks)));
    // Last: a commit that passed all other gates is deployed when the window opens.
    if (!require.windows.empty()) gates.push_back(std::make_unique<WindowGate>(require));
    return gates;
}

}  // namespace inhaul::deploy
