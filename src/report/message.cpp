// SPDX-License-Identifier: Apache-2.0
#include <inhaul/report/message.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

namespace inhaul::report {
namespace {

constexpr std::size_t longest_subject = 200;
constexpr std::size_t longest_cause = 1'000;
constexpr std::size_t longest_output = 2'000;
constexpr std::size_t output_lines = 20;

std::string one_line(std::string_view text, std::size_t limit) {
    return printable(trimmed(text), limit);
}

/// Returns the last lines, each without control characters.
std::string last_lines(std::string_view text) {
    auto lines = lines_of(trimmed(text));
    if (lines.size() > output_lines)
        lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(output_lines));
    std::vector<std::string> kept;
    std::size_t bytes = 0;
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        std::string shown{*line};
        std::replace(shown.begin(), shown.end(), '\t', ' ');
        shown = printable(shown, longest_cause);
        bytes += shown.size() + 1;
        if (bytes > longest_output) break;
        kept.push_back(std::move(shown));
    }
    std::string all;
    for (auto line = kept.rbegin(); line != kept.rend(); ++line)
        all += (all.empty() ? "" : "\n") + *line;
    return all;
}

/// The last output that explains the failure.
void add_output(const ledger::Record& record, Message& message) {
    const auto bad = std::find_if(record.outputs.rbegin(), record.outputs.rend(),
                                  [](const auto& each) { return each.explains_failure(); });
    if (bad == record.outputs.rend() || trimmed(bad->text).empty()) return;
    message.output = last_lines(bad->text);
    message.output_name =
        bad->hook == ledger::unit_log
            ? one_line(bad->command, longest_subject)
            : fmt::format("hook {}: {}", bad->hook, one_line(bad->command, longest_subject));
}

struct Words {
    std::string_view of_deployment;  ///< follows `deployment 17`
    std::string_view of_app;         ///< follows the app, without a deployment
};
Words words_of(ReportKind kind) {
    switch (kind) {
        case ReportKind::started:
            return {"started", "a deployment started"};
        case ReportKind::succeeded:
            return {"succeeded", "a deployment succeeded"};
        case ReportKind::failed:
            return {"failed", "a deployment failed"};
        case ReportKind::rolled_back:
            return {"failed and was rolled back", "a deployment failed and was rolled back"};
        case ReportKind::refused:
            return {"was refused", "a commit was refused"};
        case ReportKind::waiting:
            return {"is waiting", "a commit is waiting"};
        case ReportKind::polls_failing:
            return {"", "the branch cannot be polled"};
        case ReportKind::recovered:
            return {"recovered the app", "recovered"};
        case ReportKind::edits_saved:
            return {"saved local edits", "local edits were saved"};
    }
    return {};
}

std::string command_for(const ledger::Report& report) {
    const auto& app = report.app.text();
    switch (report.kind) {
        case ReportKind::polls_failing:
            return fmt::format("inhaul doctor {}", app);
        case ReportKind::started:
        case ReportKind::recovered:
            return fmt::format("inhaul status {}", app);
        case ReportKind::waiting:
            return fmt::format("inhaul why {}", app);
        default:
            return report.deployment ? fmt::format("inhaul show {}", *report.deployment)
                                     : fmt::format("inhaul why {}", app);
    }
}

}  // namespace

std::string cut(std::string_view text, std::size_t limit) {
    constexpr std::string_view ellipsis{"…"};
    if (text.size() <= limit) return std::string{text};
    auto end = limit < ellipsis.size() ? 0 : limit - ellipsis.size();
    const auto continues = [&](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U;
    };
    while (end > 0 && continues(end))
        --end;
    return std::string{text.substr(0, end)} + std::string{limit < ellipsis.size() ? "" : ellipsis};
}

namespace {

/// A target's name may contain a slash and a dot. The id is also a part of signatures and headers.
std::string message_id(const std::string& report, std::string target) {
    std::replace_if(
        target.begin(), target.end(), [](char c) { return !is_alphanumeric(c) && c != '-'; }, '_');
    return fmt::format("msg_{}_{}", report, target);
}

}  // namespace

Message compose(const ledger::Report& report, const std::optional<ledger::Record>& record,
                const Origin& origin, const std::string& target) {
    Message message{.id = message_id(report.id, target),
                    .type = std::string{type_of(report.kind)},
                    .title = {},
                    .time = report.time,
                    .origin = origin,
                    .app = report.app.text()};
    message.bad = report.kind == ReportKind::failed || report.kind == ReportKind::rolled_back ||
                  report.kind == ReportKind::polls_failing;
    message.good = report.kind == ReportKind::succeeded || report.kind == ReportKind::recovered;
    message.deployment = report.deployment;
    const auto words = words_of(report.kind);
    message.title = fmt::format(
        "{}: {}: {}", printable(origin.host), message.app,
        report.deployment ? fmt::format("deployment {} {}", *report.deployment, words.of_deployment)
                          : std::string{words.of_app});
    if (report.commit) message.commit = report.commit->hex();
    if (report.from) message.from = report.from->hex();
    if (report.summary) {
        message.subject = one_line(report.summary->subject, longest_subject);
        message.author = one_line(report.summary->author, longest_subject);
    }
    message.cause = one_line(report.cause, longest_cause);
    message.hint = one_line(report.hint, longest_cause);
    const bool failed = report.kind == ReportKind::failed || report.kind == ReportKind::rolled_back;
    if (record && failed) add_output(*record, message);
    if (record && record->finished) message.steps = record->steps;
    message.command = command_for(report);
    return message;
}

Message test_message(const Origin& origin, const std::string& target, const std::string& id,
                     TimePoint now) {
    return {.id = message_id(id, target),
            .type = "notification.test",
            .title = fmt::format("{}: test message from inhaul", printable(origin.host)),
            .time = now,
            .origin = origin,
            .app = {},
            .cause = fmt::format("Test message for the target {}, sent by {} on {}. No deployment "
                                 "ran.",
                                 target, origin.account, origin.host)};
}

std::string plain_text(const Message& message, std::size_t limit) {
    std::string text;
    const auto line = [&](std::string_view label, std::string_view value) {
        if (value.empty()) return;
        text += text.empty() ? "" : "\n";
        text += label.empty() ? value : fmt::format("{}: {}", label, value);
    };
    const bool wrong = message.bad;
    line("", wrong || message.app.empty() ? message.cause : std::string{});
    line("Host", message.app.empty()
                     ? std::string{}
                     : fmt::format("{} (account {})", printable(message.origin.host),
                                   message.origin.account));
    line("App", message.app);
    if (!message.commit.empty())
        line("Commit", message.subject.empty()
                           ? std::string{short_form(message.commit)}
                           : fmt::format("{} \"{}\" by {}", short_form(message.commit),
                                         message.subject, message.author));
    if (!message.from.empty() && message.from != message.commit)
        line("Before", short_form(message.from));
    if (!wrong && !message.app.empty())
        line(message.type == type_of(ReportKind::recovered) ? "The fault was" : "Details",
             message.cause);
    line("Hint", message.hint);
    if (!message.command.empty())
        line("More", message.origin.account.empty()
                         ? message.command
                         : fmt::format("sudo -u {} {}", message.origin.account, message.command));
    if (!message.output.empty())
        line(fmt::format("Last output of {}", message.output_name), "\n" + message.output);
    return cut(text, limit);
}

}  // namespace inhaul::report
