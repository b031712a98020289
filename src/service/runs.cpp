// SPDX-License-Identifier: Apache-2.0
#include "runs.hpp"

#include <inhaul/service/service.hpp>

#include <algorithm>

namespace inhaul::service {
namespace {

/// Splits a text of text_of() at its spaces. Each word is a run.
std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

}  // namespace

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
    for (const auto run : words_of(text)) {
        const auto mark = std::min(run.find('='), run.size());
        runs[std::string{run.substr(0, mark)}] = run.substr(std::min(mark + 1, run.size()));
    }
    return runs;
}

bool has_unchanged_run(std::string_view before, std::string_view now) {
    const auto old = words_of(before);
    const auto current = words_of(now);
    return std::find_first_of(old.begin(), old.end(), current.begin(), current.end()) != old.end();
}

}  // namespace inhaul::service
