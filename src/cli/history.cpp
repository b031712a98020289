#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/text.hpp>

#include "cli.hpp"
#include "console.hpp"
#include "context.hpp"
#include "json.hpp"

namespace inhaul::cli {
namespace {

std::string short_form(const std::optional<CommitId>& commit) {
    return commit ? commit->short_form() : "-";
}

std::string duration_of(const ledger::Record& record) {
    if (!record.finished) return "-";
    const auto took = std::chrono::duration<double>(*record.finished - record.started);
    return fmt::format("{:.1f} s", took.count());
}

Table::Cell outcome_of(const ledger::Record& record) {
    const auto name = std::string{deployment::name_of(record.state)};
    if (const auto* failed = std::get_if<deployment::Failed>(&record.state))
        return {name + ": " + printable(failed->cause.message, 200), Colour::red};
    return {name, deployment::is_final(record.state) ? Colour::green : Colour::yellow};
}

std::string table_of(const std::vector<ledger::Record>& records) {
    Table table{{"#", "STARTED", "APP", "TRIGGER", "FROM", "TO", "TOOK", "SUBJECT", "OUTCOME"}};
    for (const auto& record : records)
        table.add({{std::to_string(record.number)},
                   {format_local(record.started)},
                   {record.app.text(), Colour::bold},
                   {std::string{to_string(record.trigger)}},
                   {short_form(record.from)},
                   {short_form(record.to)},
                   {duration_of(record)},
                   {record.summary ? printable(record.summary->subject, 40) : "-", Colour::dim},
                   outcome_of(record)});
    return table.to_string(::isatty(STDOUT_FILENO) == 1, colourful(STDOUT_FILENO));
}

/// History outlives an app's settings: its name is enough.
Result<std::vector<ledger::Record>> records_of(const GlobalOptions& global,
                                               const HistoryOptions& options) {
    const auto places = TRY(config::places(global.config, global.state));
    std::optional<AppName> app;
    if (!options.app.empty()) {
        app = AppName::parse(options.app);
        if (!app)
            return fail(ErrorCode::usage,
                        fmt::format("{} is no app's name", printable(options.app)));
    }
    const auto ledger = TRY(ledger::open_to_read(places.state, system_clock()));
    if (!ledger) return std::vector<ledger::Record>{};
    return ledger->history(app, options.limit);
}

}  // namespace

ExitCode history(const GlobalOptions& global, const HistoryOptions& options) {
    const auto records = records_of(global, options);
    if (!records) return report(records.error());
    if (options.json) {
        print(history_json(*records));
    } else if (records->empty()) {
        print("nothing has been deployed yet\n");
    } else {
        print(table_of(*records));
    }
    return ExitCode::done;
}

}  // namespace inhaul::cli
