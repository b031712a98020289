// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/text.hpp>

#include <cli/accounts/app_accounts.hpp>
#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/console.hpp>
#include <cli/output/json.hpp>
#include <cli/output/record_view.hpp>

namespace inhaul::cli {
namespace {

/// Deployments and operator actions, the newest first.
std::string table_of(const std::vector<ledger::Record>& records,
                     const std::vector<ledger::Action>& actions) {
    Table table{{"#", "STARTED", "APP", "TRIGGER", "FROM", "TO", "TOOK", "SUBJECT", "OUTCOME"}};
    auto action = actions.begin();
    const auto add_actions = [&](TimePoint down_to) {
        for (; action != actions.end() && action->at >= down_to; ++action)
            table.add({{"-"},
                       {format_local(action->at)},
                       {action->app.text(), Colour::bold},
                       {printable(action->by.who, 40)},
                       {"-"},
                       {"-"},
                       {"-"},
                       {printable(action->by.why, 40), Colour::dim},
                       {action->what, Colour::yellow}});
    };
    for (const auto& record : records) {
        add_actions(record.started);
        table.add({{number_of(record)},
                   {format_local(record.started)},
                   {record.app.text(), Colour::bold},
                   {trigger_of(record)},
                   {short_form(record.from)},
                   {short_form(record.to)},
                   {duration_of(record)},
                   {record.summary ? printable(record.summary->subject, 40) : "-", Colour::dim},
                   outcome_of(record)});
    }
    add_actions(TimePoint::min());
    return table.to_string(::isatty(STDOUT_FILENO) == 1, colourful(STDOUT_FILENO));
}

struct Past {
    std::vector<ledger::Record> records;
    std::vector<ledger::Action> actions;
};

/// The app needs no settings file any more: its history stays.
Result<Past> past_of(const GlobalOptions& global, const HistoryOptions& options) {
    const auto places = TRY(config::places(global.config, global.state));
    std::optional<AppName> app;
    if (!options.app.empty()) {
        app = AppName::parse(TRY(own_name(global, options.app)));
        if (!app) return fail(invalid_app_name(options.app));
    }
    const auto ledger = TRY(ledger::open_to_read(places.state, system_clock()));
    Past past;
    if (ledger)
        past = {TRY(ledger->history(app, options.limit)), TRY(ledger->actions(app, options.limit))};
    if (past.records.empty() && past.actions.empty()) TRY(check_has_apps(global, places));
    // Show no actions that are older than the oldest deployment shown.
    if (past.records.size() == options.limit)
        std::erase_if(past.actions,
                      [&](const auto& action) { return action.at < past.records.back().started; });
    return past;
}

}  // namespace

ExitCode history(const GlobalOptions& global, const HistoryOptions& options) {
    const auto past = past_of(global, options);
    if (!past) return report(past.error());
    if (options.json) {
        print(history_json(past->records, past->actions));
    } else if (past->records.empty() && past->actions.empty()) {
        print("nothing has been deployed yet\n");
    } else {
        print(table_of(past->records, past->actions));
    }
    return ExitCode::done;
}

}  // namespace inhaul::cli
