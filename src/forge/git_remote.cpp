// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/git_remote.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/util/bounded_json.hpp>
#include <inhaul/util/text.hpp>

#include "json_text.hpp"
#include "poll_error.hpp"

namespace inhaul::forge {
namespace {

using nlohmann::json;

constexpr std::size_t words_shown = 2000;

HeadAnswer poll_error(PollErrorKind kind, std::string message, std::string hint = {}) {
    return {.what = PollError{kind, std::move(message), std::move(hint)}};
}

HeadAnswer no_answer() {
    return poll_error(PollErrorKind::local,
                      "the child process that reads the head printed no answer",
                      "Run `inhaul head` with the app's name to see its output.");
}

HeadAnswer parse_error(const json& object) {
    const auto transient = object.find("transient");
    const Error error{
        .code = error_code_from(text_in(object, "code")),
        .message = printable(text_in(object, "message"), words_shown),
        .hint = printable(text_in(object, "hint"), words_shown),
        .transient = transient != object.end() && transient->is_boolean() && transient->get<bool>(),
        .reason = error_reason_from(text_in(object, "reason"))};
    if (error.message.empty()) return no_answer();
    return {.what = cannot_tell(error)};
}

class GitRemote final : public Forge {
public:
    GitRemote(EventLoop& loop, std::vector<std::string> command, Milliseconds deadline)
        : loop_(loop), command_(std::move(command)), deadline_(deadline) {}

    void ask(const HeadQuestion& question, Answered answered) override {
        const auto subject =
            fmt::format("{} of {}", question.settings.branch.text(), question.settings.repository);
        auto argv = command_;
        argv.push_back(question.settings.app.text());
        auto child = process::Child::spawn({.argv = std::move(argv), .capture_stdout = true});
        if (!child) {
            const auto error = child.error().within(subject);
            loop_.defer([answered = std::move(answered), error] {
                answered(poll_error(PollErrorKind::local, error.message, error.hint));
            });
            return;
        }
        loop_.watch(std::move(*child), {.deadline = deadline_},
                    [subject, known = question.known, deadline = deadline_,
                     answered = std::move(answered)](const EventLoop::ChildEnd& end) {
                        answered(read_end(end, subject, known, deadline));
                    });
    }

    std::string budget(const Settings& /*settings*/) override { return {}; }

private:
    static HeadAnswer read_end(const EventLoop::ChildEnd& end, const std::string& subject,
                               const std::optional<CommitId>& known, Milliseconds deadline) {
        if (end.deadline_passed)
            return poll_error(
                PollErrorKind::unreachable,
                fmt::format("{}: no answer within {}", subject, format_duration(deadline)));
        if (!end.status.success())
            return poll_error(
                PollErrorKind::local,
                fmt::format("{}: the child process ended with {}", subject, describe(end.status)));
        auto answer = parse_answer(end.output);
        if (auto* cannot = std::get_if<PollError>(&answer.what))
            cannot->message = fmt::format("{}: {}", subject, cannot->message);
        if (const auto* head = std::get_if<NewHead>(&answer.what); head && head->commit == known)
            answer.what = NotModified{};
        return answer;
    }

    EventLoop& loop_;
    std::vector<std::string> command_;
    Milliseconds deadline_;
};

}  // namespace

std::unique_ptr<Forge> git_remote(EventLoop& loop, std::vector<std::string> command,
                                  Milliseconds deadline) {
    return std::make_unique<GitRemote>(loop, std::move(command), deadline);
}

std::string format_answer(const Result<CommitId>& head) {
    json line;
    if (head) {
        line["head"] = head->hex();
    } else {
        const auto& error = head.error();
        line["error"] = {{"code", to_string(error.code)},
                         {"message", error.message},
                         {"hint", error.hint},
                         {"transient", error.transient},
                         {"reason", to_string(error.reason)}};
    }
    // A message may hold bytes of a server or a path that are no UTF-8.
    return line.dump(-1, ' ', true, json::error_handler_t::replace);
}

HeadAnswer parse_answer(std::string_view line) {
    const auto answer = json::parse(bounded_json(trimmed(line)), nullptr, false);
    if (!answer.is_object()) return no_answer();
    if (const auto error = answer.find("error"); error != answer.end() && error->is_object())
        return parse_error(*error);
    const auto commit = CommitId::parse(text_in(answer, "head"));
    if (!commit) return no_answer();
    return {.what = NewHead{*commit}};
}

}  // namespace inhaul::forge
