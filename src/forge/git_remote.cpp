// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/git_remote.hpp>

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/budget.hpp>
#include <inhaul/util/bounded_json.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>

#include "json_text.hpp"
#include "poll_error.hpp"

namespace inhaul::forge {
namespace {

using nlohmann::json;

constexpr std::size_t words_shown = 2000;
/// After this time, a server may support version 2 of the protocol.
constexpr std::chrono::hours remembered{24};
constexpr std::uint64_t longest_wait = http::longest_server_wait.count();

HeadAnswer poll_error(PollErrorKind kind, std::string message, std::string hint = {}) {
    return {.what = PollError{kind, std::move(message), std::move(hint)}};
}

HeadAnswer no_answer() {
    return poll_error(PollErrorKind::local,
                      "the child process that reads the head printed no answer");
}

/// An operator can repeat the request of the child.
void name_command(HeadAnswer& answer, const std::string& app) {
    auto* const error = std::get_if<PollError>(&answer.what);
    if (error != nullptr && error->kind == PollErrorKind::local && error->hint.empty())
        error->hint = "Run: " + inhaul_command("doctor " + app);
}

HeadAnswer parse_error(const json& object, TimePoint now) {
    const auto transient = object.find("transient");
    Error error{
        .code = error_code_from(text_in(object, "code")),
        .message = printable(text_in(object, "message"), words_shown),
        .hint = printable(text_in(object, "hint"), words_shown),
        .transient = transient != object.end() && transient->is_boolean() && transient->get<bool>(),
        .reason = error_reason_from(text_in(object, "reason"))};
    if (error.message.empty()) return no_answer();
    const auto wait = object.find("retry_after");
    if (wait != object.end() && wait->is_number_unsigned())
        error.retry_after = Seconds{std::min(wait->get<std::uint64_t>(), longest_wait)};
    return {.what = poll_error_of(error, now)};
}

class GitRemote final : public Forge {
public:
    GitRemote(EventLoop& loop, const Clock& clock, GitHeads& heads,
              std::vector<std::string> command, Milliseconds deadline)
        : loop_(loop),
          clock_(clock),
          heads_(heads),
          command_(std::move(command)),
          deadline_(deadline) {}

    void poll_head(const HeadRequest& request, Answered answered) override {
        Poll poll{.subject = fmt::format("{} of {}", request.settings.branch.text(),
                                         request.settings.repository),
                  .app = request.settings.app.text(),
                  .url = request.settings.git_url,
                  .known = request.known,
                  .answered = std::move(answered)};
        const bool unkept =
            !request.settings.keep_connection && git_protocol(poll.url) == GitProtocol::ssh;
        if (unkept || by_child(poll.url)) return poll_by_child(std::move(poll));
        heads_.poll_head(request.settings,
                         [this, poll = std::move(poll)](const std::optional<GitHead>& head) {
                             if (!head) return poll_by_child(poll);
                             answer(poll, read_head(*head));
                         });
    }

    std::string budget(const Settings& settings) override { return git_budget(settings, tokens_); }

    void reset() override {
        by_child_until_.clear();
        heads_.reset();
    }

private:
    /// A running poll; the settings may be reread before its answer arrives.
    struct Poll {
        std::string subject;
        std::string app;
        std::string url;
        std::optional<CommitId> known;
        Answered answered;
    };

    bool by_child(const std::string& url) {
        const auto found = by_child_until_.find(url);
        if (found == by_child_until_.end()) return false;
        if (clock_.steady() < found->second) return true;
        by_child_until_.erase(found);
        return false;
    }

    void poll_by_child(Poll poll) {
        auto argv = command_;
        argv.push_back(poll.app);
        auto child = process::Child::spawn({.argv = std::move(argv), .capture_stdout = true});
        if (!child) {
            loop_.defer([poll = std::move(poll), error = std::move(child.error())] {
                answer(poll, poll_error(PollErrorKind::local, error.message, error.hint));
            });
            return;
        }
        loop_.watch(std::move(*child), {.deadline = deadline_},
                    [this, poll = std::move(poll)](const EventLoop::ChildEnd& end) {
                        auto read = read_end(end);
                        if (std::holds_alternative<NewHead>(read.what))
                            by_child_until_[poll.url] = clock_.steady() + remembered;
                        read.method = PollMethod::child;
                        name_command(read, poll.app);
                        answer(poll, std::move(read));
                    });
    }

    [[nodiscard]] HeadAnswer read_head(const GitHead& head) const {
        if (!head.commit) return {poll_error_of(head.commit.error(), clock_.now())};
        return {.what = NewHead{*head.commit},
                .moved_to = head.moved_to,
                .method = head.method,
                .session_since = head.session_since};
    }

    [[nodiscard]] HeadAnswer read_end(const EventLoop::ChildEnd& end) const {
        if (end.deadline_passed)
            return poll_error(PollErrorKind::unreachable,
                              fmt::format("no answer within {}", format_duration(deadline_)));
        if (!end.status.success())
            return poll_error(PollErrorKind::local,
                              fmt::format("the child process ended with {}", describe(end.status)));
        return parse_answer(end.output, clock_.now());
    }

    static void answer(const Poll& poll, HeadAnswer answer) {
        auto* const cannot = std::get_if<PollError>(&answer.what);
        // Most errors of git name the URL themselves.
        if (cannot != nullptr && cannot->message.find(poll.url) == std::string::npos)
            cannot->message = fmt::format("{}: {}", poll.subject, cannot->message);
        if (const auto* head = std::get_if<NewHead>(&answer.what);
            head && head->commit == poll.known)
            answer.what = NotModified{};
        poll.answered(answer);
    }

    EventLoop& loop_;
    const Clock& clock_;
    GitHeads& heads_;
    std::vector<std::string> command_;
    Milliseconds deadline_;
    SecretFiles tokens_;
    /// The URLs that need a child, and when a poll without a child is tried again.
    std::map<std::string, SteadyPoint> by_child_until_;
};

}  // namespace

std::unique_ptr<Forge> git_remote(EventLoop& loop, const Clock& clock, GitHeads& heads,
                                  std::vector<std::string> command, Milliseconds deadline) {
    return std::make_unique<GitRemote>(loop, clock, heads, std::move(command), deadline);
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
        if (error.retry_after) line["error"]["retry_after"] = error.retry_after->count();
    }
    // A message may hold bytes of a server or a path that are no UTF-8.
    return line.dump(-1, ' ', true, json::error_handler_t::replace);
}

HeadAnswer parse_answer(std::string_view line, TimePoint now) {
    const auto answer = json::parse(bounded_json(trimmed(line)), nullptr, false);
    if (!answer.is_object()) return no_answer();
    if (const auto error = answer.find("error"); error != answer.end() && error->is_object())
        return parse_error(*error, now);
    const auto commit = CommitId::parse(text_in(answer, "head"));
    if (!commit) return no_answer();
    return {.what = NewHead{*commit}};
}

}  // namespace inhaul::forge
