// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>

#include <cli/accounts/app_accounts.hpp>
#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/console.hpp>
#include <cli/output/json.hpp>
#include <cli/output/record_view.hpp>

namespace inhaul::cli {
namespace {

constexpr std::size_t line_shown = 400;

Result<ledger::Record> record_of(const GlobalOptions& global, const std::string& written) {
    const auto text = TRY(own_name(global, written));
    std::int64_t number = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (wrong != std::errc{} || end != text.data() + text.size())
        return fail(ErrorCode::usage,
                    fmt::format("{} is not the number of a deployment", printable(written)),
                    "To list the deployments, run: " + inhaul_command("history"));
    const auto places = TRY(config::places(global.config, global.state));
    const auto ledger = TRY(ledger::open_to_read(places.state, system_clock()));
    if (ledger)
        if (auto found = TRY(ledger->deployment(number))) return std::move(*found);
    TRY(check_has_apps(global, places));
    return fail(ErrorCode::usage, fmt::format("no deployment {}", number),
                "To list the deployments, run: " + inhaul_command("history"));
}

std::string indented(std::string_view text) {
    std::string lines;
    for (const auto line : lines_of(trimmed(text)))
        lines += fmt::format("    {}\n", printable(line, line_shown));
    return lines;
}

/// Returns a hook's output with its spaces, tabs and empty lines. Control characters are escaped,
/// since a terminal may act on them.
std::string as_printed(std::string_view text) {
    constexpr auto all = std::string_view::npos;
    if (text.ends_with('\n')) text.remove_suffix(1);
    std::string lines;
    for (auto line : lines_of(text)) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines += line.empty() ? "" : "    ";
        for (auto tab = line.find('\t'); tab != all; tab = line.find('\t')) {
            lines += printable(line.substr(0, tab), all) + "\t";
            line.remove_prefix(tab + 1);
        }
        lines += printable(line, all) + "\n";
    }
    return lines;
}

std::string text_of(const ledger::Output& output) {
    const bool log = output.hook == ledger::unit_log;
    return fmt::format(
        "{}{}: {}: {}\n{}", log ? "log" : "hook " + output.hook,
        output.rollback ? " during rollback" : "", printable(output.command, line_shown),
        log && output.outcome == ledger::Output::log ? "the newest lines" : output.outcome,
        as_printed(output.text));
}

std::string text_of(const ledger::Record& record) {
    auto text = fmt::format("deployment {} of {}: {}\n", record.number, record.app.text(),
                            outcome_of(record).text);
    const auto hint = [&]() -> std::string {
        if (const auto* failed = std::get_if<deployment::Failed>(&record.state))
            return failed->cause.hint;
        const auto* rollback = deployment::rollback_of(record.state);
        return rollback == nullptr ? std::string{} : rollback->cause.hint;
    }();
    if (!hint.empty()) text += indented(hint);
    text += fmt::format("trigger  {}{}\n", trigger_name(record.trigger),
                        record.origin.empty() ? "" : ", " + printable(record.origin));
    text += fmt::format("from     {}\nto       {}\n",
                        record.from ? record.from->hex() : std::string{"nothing"},
                        record.to ? record.to->hex() : std::string{"-"});
    if (record.summary)
        text += fmt::format("commit   \"{}\", {}\n", printable(record.summary->subject, 100),
                            printable(record.summary->author, 60));
    text += fmt::format("took     {}\n", duration_of(record));
    for (const auto& step : record.steps)
        text += fmt::format("  {}  {}\n", format_local(step.entered), step.state);
    for (const auto& note : record.notes)
        text += fmt::format("note: {}\n", printable(note, line_shown));
    for (const auto& output : record.outputs)
        text += text_of(output);
    return text;
}

}  // namespace

ExitCode show(const GlobalOptions& global, const ShowOptions& options) {
    const auto record = record_of(global, options.number);
    if (!record) return report(record.error());
    print(options.json ? record_json(*record) : text_of(*record));
    return ExitCode::done;
}

}  // namespace inhaul::cli
