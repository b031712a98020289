#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include "cli.hpp"
#include "console.hpp"
#include "context.hpp"
#include "json.hpp"
#include "status_view.hpp"

namespace inhaul::cli {
namespace {

Result<AppFacts> facts_of(const Settings& settings, ledger::Ledger* ledger,
                          const config::Places& places) {
    AppFacts facts{.settings = settings, .watch = {}, .live = {}, .relay = {}};
    facts.now = system_clock().now();
    facts.watched = file::Lock::holder(watcher_lock(places)).has_value();
    facts.deploying = file::Lock::holder(app_lock(places, settings.app)).has_value();
    if (ledger == nullptr) return facts;
    facts.watch = TRY(ledger->watch(settings.app));
    facts.live = TRY(ledger->live(settings.app));
    facts.relay = TRY(ledger->relay(settings.app));
    facts.standing = TRY(ledger->standing(settings.app));
    facts.unfinished = TRY(ledger->unfinished(settings.app));
    constexpr std::size_t enough = 50;
    for (auto& record : TRY(ledger->history(settings.app, enough))) {
        if (!facts.live_summary && record.to == facts.live.tree)
            facts.live_summary = record.summary;
        if (!facts.last && record.finished) facts.last = std::move(record);
    }
    return facts;
}

Result<std::vector<AppFacts>> all_facts(const std::vector<Settings>& apps,
                                        const config::Places& places) {
    const auto ledger = TRY(ledger::open_to_read(places.state, system_clock()));
    std::vector<AppFacts> all;
    for (const auto& settings : apps)
        all.push_back(TRY(facts_of(settings, ledger.get(), places)));
    return all;
}

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
    if (!facts.live.since) return "-";
    return format_age(facts.now - *facts.live.since) + " ago";
}

std::string table_of(const std::vector<AppFacts>& apps, bool terminal) {
    Table table{{"APP", "LIVE", "SINCE", "STATE", "SUBJECT"}};
    const bool colour = colourful(STDOUT_FILENO);
    for (const auto& facts : apps) {
        const auto state = state_of(facts);
        table.add(
            {{facts.settings.app.text(), Colour::bold},
             {facts.live.tree ? facts.live.tree->short_form() : "-"},
             {live_since(facts)},
             {state.word, colour_of(state.tone)},
             {facts.live_summary ? printable(facts.live_summary->subject, 50) : "-", Colour::dim}});
    }
    return table.to_string(terminal, colour);
}

std::string sentences_of(const std::vector<AppFacts>& apps) {
    std::string text;
    for (const auto& facts : apps) {
        text += fmt::format("{}: {}\n", facts.settings.app.text(),
                            printable(state_of(facts).sentence, 600));
        for (const auto& remark : remarks_on(facts))
            text += fmt::format("  {}\n", printable(remark, 600));
    }
    return text;
}

}  // namespace

ExitCode status(const GlobalOptions& global, const StatusOptions& options) {
    const auto found = context(global);
    if (!found) return report(found.error());
    const auto apps = chosen(*found, options.apps);
    if (!apps) return report(apps.error());
    const auto facts = all_facts(*apps, found->places);
    if (!facts) return report(facts.error());

    if (options.json) {
        print(status_json(*facts));
    } else if (!facts->empty()) {
        const bool terminal = ::isatty(STDOUT_FILENO) == 1;
        print(table_of(*facts, terminal) + "\n" + sentences_of(*facts));
    }
    if (!options.apps.empty() || found->loaded.problems.empty()) return ExitCode::done;
    print_problems(found->loaded.problems);
    return ExitCode::configuration;
}

}  // namespace inhaul::cli
