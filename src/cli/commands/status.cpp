// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>

#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/app_facts.hpp>
#include <cli/output/console.hpp>
#include <cli/output/json.hpp>
#include <cli/output/status_view.hpp>

namespace inhaul::cli {
namespace {

Colour colour_of(AppState::Tone tone) {
    switch (tone) {
        case AppState::Tone::good:
            return Colour::green;
        case AppState::Tone::bad:
            return Colour::red;
        case AppState::Tone::busy:
        case AppState::Tone::warning:
            break;
    }
    return Colour::yellow;
}

std::string live_since(const AppFacts& facts) {
    if (!facts.live.since || !is_live(facts)) return "-";
    return format_age(facts.now - *facts.live.since) + " ago";
}

/// The commit in the directory, with a remark if it is not certain that it runs.
std::string live_of(const AppFacts& facts) {
    const auto& live = facts.live;
    if (!live.tree) return "-";
    if (is_live(facts)) return live.tree->short_form();
    return live.tree->short_form() +
           (live.switch_incomplete ? " (switch interrupted)" : " (not verified)");
}

std::string table_of(const std::vector<AppFacts>& apps, bool terminal) {
    Table table{{"APP", "LIVE", "SINCE", "STATE", "SUBJECT"}};
    const bool colour = colourful(STDOUT_FILENO);
    for (const auto& facts : apps) {
        const auto state = state_of(facts);
        table.add(
            {{facts.settings.app.text(), Colour::bold},
             {live_of(facts)},
             {live_since(facts)},
             {std::string{shown(state.kind)}, colour_of(state.tone)},
             {facts.live_summary ? printable(facts.live_summary->subject, 50) : "-", Colour::dim}});
    }
    return table.to_string(terminal, colour);
}

std::string sentences_of(const std::vector<AppFacts>& apps) {
    std::string text;
    for (const auto& facts : apps) {
        text += fmt::format("{}: {}\n", facts.settings.app.text(),
                            printable(state_of(facts).sentence, sentence_shown));
        for (const auto& remark : remarks_on(facts))
            text += fmt::format("  {}\n", printable(remark, sentence_shown));
    }
    return text;
}

std::string page_of(const std::vector<AppFacts>& apps, bool terminal) {
    return table_of(apps, terminal) + "\n" + sentences_of(apps);
}

/// Overwrites the previous page and clears only the rest of each line, so that nothing flickers.
std::string repainted(std::string_view page) {
    std::string text{"\x1b[H"};
    for (const char c : page)
        text += c == '\n' ? std::string{"\x1b[K\n"} : std::string(1, c);
    return text + "\x1b[J";
}

}  // namespace

ExitCode keep_showing(const std::function<Result<std::string>()>& page) {
    if (::isatty(STDOUT_FILENO) != 1)
        return report({ErrorCode::usage, "status --watch needs a terminal",
                       "In a script, run: " + inhaul_command("status --json")});
    for (print_as_it_is("\x1b[2J");; sleep_for(Seconds{1})) {
        const auto text = page();
        if (!text) return report(text.error());
        print_as_it_is(repainted(harmless(*text, colourful(STDOUT_FILENO))));
    }
}

ExitCode status(const GlobalOptions& global, const StatusOptions& options) {
    const auto found = context(global);
    if (!found) return report(found.error());
    const auto apps = chosen(*found, options.apps);
    if (!apps) return report(apps.error());
    if (options.watch)
        return keep_showing([&]() -> Result<std::string> {
            return page_of(TRY(all_facts(*apps, found->loaded.account, found->places)), true);
        });
    const auto facts = all_facts(*apps, found->loaded.account, found->places);
    if (!facts) return report(facts.error());

    if (options.json) {
        print(status_json(*facts));
    } else if (!facts->empty()) {
        const bool terminal = ::isatty(STDOUT_FILENO) == 1;
        print(page_of(*facts, terminal));
    }
    const bool failed = std::any_of(facts->begin(), facts->end(), head_ended_badly);
    const auto code = failed && !options.exit_zero ? ExitCode::failed : ExitCode::done;
    if (!options.apps.empty() || found->loaded.problems.empty()) return code;
    print_problems(found->loaded.problems);
    return ExitCode::configuration;
}

}  // namespace inhaul::cli
