#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gates.hpp"

namespace inhaul::deploy {
namespace {

using deployment::Held;
using deployment::Refused;
using State = forge::Check::State;

constexpr Milliseconds soonest{15'000};
constexpr Milliseconds latest{5 * 60'000};
constexpr std::size_t most_named = 5;

std::string names_of(const std::vector<forge::Check>& checks) {
    std::string text;
    for (std::size_t i = 0; i < std::min(checks.size(), most_named); ++i)
        text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", checks[i].name, checks[i].word);
    return checks.size() > most_named ? text + ", …" : text;
}

class ChecksGate final : public Gate {
public:
    ChecksGate(const Requirements& require, std::unique_ptr<forge::Checks> checks)
        : named_(require.checked), deadline_(require.checks_deadline), checks_(std::move(checks)) {}

    [[nodiscard]] std::string_view name() const override { return "checks"; }

    [[nodiscard]] Result<Verdict> ask(const Candidate& candidate) override {
        const auto found = counted(TRY(checks_->of(candidate.commit)));
        std::vector<forge::Check> red;
        std::vector<forge::Check> pending;
        for (const auto& check : found) {
            if (check.state == State::red) red.push_back(check);
            if (check.state == State::pending) pending.push_back(check);
        }
        if (!red.empty()) return Refused{"checks", "not green: " + names_of(red)};
        // Nothing at all may mean that CI has not begun.
        if (found.empty()) return wait(candidate, "no check has reported");
        if (!pending.empty()) return wait(candidate, "pending: " + names_of(pending));
        return Passes{};
    }

private:
    /// All of them, or those that are named: one that is named and not there is pending.
    [[nodiscard]] std::vector<forge::Check> counted(std::vector<forge::Check> all) const {
        if (named_.empty()) return all;
        std::vector<forge::Check> found;
        for (const auto& name : named_) {
            const auto before = found.size();
            for (const auto& check : all)
                if (check.name == name) found.push_back(check);
            if (found.size() == before) found.push_back({name, State::pending, "not reported"});
        }
        return found;
    }

    [[nodiscard]] Verdict wait(const Candidate& candidate, const std::string& why) const {
        const auto since = candidate.held_since.value_or(candidate.now);
        const auto end = since + deadline_;
        if (candidate.now >= end)
            return Refused{"checks",
                           fmt::format("{}, for more than {}", why, format_duration(deadline_))};
        const auto pause = std::clamp<Milliseconds>((candidate.now - since) / 4, soonest, latest);
        return Held{"checks", why, std::min(candidate.now + pause, end)};
    }

    std::vector<std::string> named_;
    Milliseconds deadline_;
    std::unique_ptr<forge::Checks> checks_;
};

}  // namespace

std::unique_ptr<Gate> checks_gate(const Requirements& require,
                                  std::unique_ptr<forge::Checks> checks) {
    return std::make_unique<ChecksGate>(require, std::move(checks));
}

}  // namespace inhaul::deploy
