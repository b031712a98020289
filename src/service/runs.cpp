// SPDX-License-Identifier: Apache-2.0
#include "runs.hpp"

#include <inhaul/service/service.hpp>

#include <algorithm>

namespace inhaul::service {

std::string text_of(const Runs& runs, const std::vector<std::string>& units) {
    const bool any =
        std::any_of(runs.begin(), runs.end(), [](const auto& run) { return !run.second.empty(); });
    if (!any) return {};
    if (units.size() == 1) return runs.begin()->second;
    std::string text;
    for (const auto& unit : units)
        if (const auto run = runs.find(unit); run != runs.end())
            text += (text.empty() ? "" : " ") + unit + "=" + run->second;
    return text;
}

Runs runs_from(std::string_view text, const std::vector<std::string>& units) {
    Runs runs;
    // Names of units contain neither of these two characters.
    if (text.find('=') == std::string_view::npos) {
        if (!text.empty()) runs[units.front()] = text;
        return runs;
    }
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const auto run = text.substr(0, end);
        const auto mark = std::min(run.find('='), run.size());
        runs[std::string{run.substr(0, mark)}] = run.substr(std::min(mark + 1, run.size()));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return runs;
}

bool has_unchanged_run(std::string_view before, std::string_view now) {
    while (!before.empty()) {
        const auto end = std::min(before.find(' '), before.size());
        const auto run = before.substr(0, end);
        for (auto rest = now; !rest.empty();) {
            const auto next = std::min(rest.find(' '), rest.size());
            if (rest.substr(0, next) == run) return true;
            rest.remove_prefix(std::min(next + 1, rest.size()));
        }
        before.remove_prefix(std::min(end + 1, before.size()));
    }
    return false;
}

}  // namespace inhaul::service
