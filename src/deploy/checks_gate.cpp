// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gates.hpp"

namespace inhaul::deploy {
namespace {

using deployment::Held;
using deployment::Refused;
using CheckState = forge::Check::State;

constexpr Milliseconds soonest{15'000};
constexpr Milliseconds latest{5 * 60'000};
constexpr std::size_t most_named = 5;

/// The name of a job or status is printed without its kind.
std::string shown(const forge::Check& check) {
    using Kind = forge::Check::Kind;
    const auto* const kind = check.kind == Kind::workflow ? "workflow "
                             : check.kind == Kind::suite  ? "all of "
                                                          : "";
    return fmt::format("{}{} ({})", kind, check.name, check.word);
}

std::string names_of(const std::vector<forge::Check>& checks) {
    std::string text;
    for (std::size_t i = 0; i < std::min(checks.size(), most_named); ++i)
        text += (i == 0 ? "" : ", ") + shown(checks[i]);
    return checks.size() > most_named ? text + ", …" : text;
}

bool has(const std::vector<forge::Check>& checks, const std::string& name) {
    return std::any_of(checks.begin(), checks.end(),
                       [&](const auto& check) { return check.name == name; });
}

class ChecksGate final : public Gate {
public:
    ChecksGate(const Requirements& require, std::unique_ptr<forge::Checks> checks)
        : named_(require.checked),
          deadline_(require.checks_deadline),
          settle_(require.checks_settle),
          checks_(std::move(checks)) {}

    [[nodiscard]] std::string_view name() const override { return "checks"; }

    [[nodiscard]] Result<GateResult> check(const Candidate& candidate) override {
        const auto found = counted(TRY(checks_->of(candidate.commit)));
        std::vector<forge::Check> red;
        std::vector<forge::Check> pending;
        for (const auto& check : found) {
            if (check.state == CheckState::red) red.push_back(check);
            if (check.state == CheckState::pending) pending.push_back(check);
        }
        if (!red.empty()) return Refused{std::string{name()}, "not green: " + names_of(red)};
        // No check may mean that CI has not started.
        if (found.empty()) return wait(candidate, "no check has reported");
        if (!pending.empty()) return wait(candidate, "pending: " + names_of(pending));
        return settled(candidate, found);
    }

private:
    /// Returns all checks, or the required ones. A missing required check is pending.
    [[nodiscard]] std::vector<forge::Check> counted(forge::CheckReport report) const {
        if (named_.empty()) return std::move(report.checks);
        const std::string missing =
            report.by_workflow ? "no workflow of this name has reported; the token cannot read jobs"
                               : "not reported";
        std::vector<forge::Check> found;
        for (const auto& name : named_) {
            if (!has(report.checks, name)) found.push_back({name, CheckState::pending, missing});
            for (const auto& check : report.checks)
                if (check.name == name) found.push_back(check);
        }
        return found;
    }

    /// All reported checks are green, but a check of the live commit may be late. Some checks run
    /// only for some commits, so this wait is shorter than for a pending check. There is no wait if
    /// the checks of the live commit cannot be read.
    [[nodiscard]] GateResult settled(const Candidate& candidate,
                                     const std::vector<forge::Check>& found) {
        const auto waited = counted_wait(candidate, settle_);
        if (!named_.empty() || !candidate.live || waited >= settle_) return Passes{};
        const auto before = checks_->of(*candidate.live);
        std::vector<forge::Check> late;
        if (before)
            for (const auto& check : before->checks)
                if (check.kind != forge::Check::Kind::suite && !has(found, check.name) &&
                    !has(late, check.name))
                    late.push_back({check.name, CheckState::pending, "not reported", check.kind});
        if (late.empty()) return Passes{};
        const auto pause = std::min(soonest, settle_ - waited);
        return Held{
            std::string{name()},
            fmt::format("waiting up to {} for the checks of {}: {}", format_duration(settle_),
                        candidate.live->short_form(), names_of(late)),
            candidate.now + pause, waited};
    }

    /// Returns how long it has waited. If the time since the last check exceeds the limit, only
    /// half of the limit counts. The host may have slept, or a clock may be wrong. So another
    /// answer is needed before a commit is refused.
    [[nodiscard]] static Milliseconds counted_wait(const Candidate& candidate, Milliseconds limit) {
        const auto since_check = candidate.since_check > limit ? limit / 2 : candidate.since_check;
        return candidate.held + since_check;
    }

    [[nodiscard]] GateResult wait(const Candidate& candidate, const std::string& why) const {
        const auto waited = counted_wait(candidate, deadline_);
        if (waited >= deadline_)
            return Refused{std::string{name()},
                           fmt::format("{}, for more than {}", why, format_duration(deadline_))};
        const auto pause = std::clamp<Milliseconds>(waited / 4, soonest, latest);
        return Held{std::string{name()}, why, candidate.now + std::min(pause, deadline_ - waited),
                    waited};
    }

    std::vector<std::string> named_;
    Milliseconds deadline_;
    Milliseconds settle_;
    std::unique_ptr<forge::Checks> checks_;
};

}  // namespace

std::unique_ptr<Gate> checks_gate(const Requirements& require,
                                  std::unique_ptr<forge::Checks> checks) {
    return std::make_unique<ChecksGate>(require, std::move(checks));
}

}  // namespace inhaul::deploy
