// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "outbox_state.hpp"

/// How the outbox sends to GitHub. Each request is an attempt of its own. The state on GitHub is
/// saved with the end of the attempt.
namespace inhaul::report {
namespace {

using std::chrono::seconds;
using Answered = forge::ReportAnswer::Outcome;
using Outcome = DeliveryResult::Outcome;

/// A deployment that takes less time is reported once, at its end. GitHub limits the writes of a
/// token to 80 a minute and 500 an hour.
constexpr Milliseconds before_start = seconds{10};
/// GitHub may show a new object later than it confirms it.
constexpr Milliseconds until_visible = seconds{5};

/// A deployment that somebody has deleted on GitHub needs no end.
bool is_missing(const GitHubStep& step, const forge::ReportAnswer& answer) {
    const bool ends = step.kind == GitHubStep::Kind::close_previous ||
                      step.kind == GitHubStep::Kind::deactivate_previous;
    return ends && answer.what == Answered::never && (answer.status == 404 || answer.status == 422);
}

}  // namespace

std::optional<SteadyPoint> Outbox::State::wake_of(const TargetQueue& queue) const {
    if (!queue.pending || queue.in_flight || queue.is_ping()) return std::nullopt;
    const auto budget = queue.budget();
    if (budget.empty()) return queue.wake;
    const bool shared = std::any_of(queues.begin(), queues.end(), [&](const auto& each) {
        return each.second.in_flight && each.second.budget() == budget;
    });
    if (shared) return std::nullopt;
    const auto found = budgets.find(budget);
    return found == budgets.end() ? queue.wake : std::max(queue.wake, found->second);
}

Result<void> Outbox::State::begin_at_github(TargetQueue& queue, const ledger::Report& report,
                                            ledger::TargetState state) {
    const auto& name = queue.named.name;
    const auto& target = *queue.named.github;
    const auto now = ports.clock.now();
    if (state.sending) {  // the process died
        state.sending = false;
        ++state.unknown;
        state.next_attempt = now + until_visible;
        TRY(ports.reports.save_target(name, state));
    }
    auto not_before = state.next_attempt.value_or(now);
    // The clock may have been set back since the report.
    if (report.kind == ReportKind::started && report.time <= now)
        not_before = std::max(not_before, report.time + before_start);
    if (not_before > now) {
        queue.wake = ports.clock.steady() + (not_before - now);
        return {};
    }
    const auto step = next_step(state.github, report, state.unknown > 0, target, origin);
    if (!step) {
        state.done = report.number;
        state.attempts = state.unknown = 0;
        state.next_attempt.reset();
        return ports.reports.save_target(name, state);
    }
    ++state.attempts;
    const auto token = files.secret(target.report.token_file);
    if (!token || !*token) {
        ended(name, report, std::move(state),
              {Outcome::later, token ? forge::no_report_token : token.error().message, {}});
        return {};
    }
    state.sending = true;
    TRY(ports.reports.save_target(name, state));
    queue.in_flight = true;
    ++running;
    auto request = forge::report_request(
        step->call, {target.repository, queue.repository_id, **token, queue.named.target.ca_file,
                     queue.named.target.deadline});
    const auto url = request.url;
    ports.transport.request(
        std::move(request), [this, living = std::weak_ptr{alive}, name, report, state, step = *step,
                             url, token = **token](const Result<http::Response>& response) {
            if (living.expired()) return;
            --running;
            auto answer =
                forge::read_report_answer(step.call, url, token, response, ports.clock.now());
            github_answered(name, report, state, step, std::move(answer));
        });
    return {};
}

void Outbox::State::github_answered(const std::string& name, const ledger::Report& report,
                                    ledger::TargetState state, const GitHubStep& step,
                                    forge::ReportAnswer answer) {
    DeliveryResult result{Outcome::more, std::move(answer.message), {}, answer.limited};
    if (answer.wait.count() > 0) result.wait = answer.wait;
    const auto found = queues.find(name);
    const bool missing = is_missing(step, answer);
    if (answer.what == Answered::moved && found != queues.end() && !found->second.repository_id) {
        found->second.repository_id = answer.id;
    } else if (answer.what == Answered::done || missing) {
        state.unknown = 0;
        const bool nothing = is_query(step) && answer.id == 0 && !missing;
        if (!nothing) {
            state.github = after_step(state.github, step, report, answer.id);
            state.attempts = 0;
            const bool last =
                completes(step, report) ||
                (found != queues.end() &&
                 !next_step(state.github, report, false, *found->second.named.github, origin));
            if (last) result.what = Outcome::sent;
        }
    } else if (answer.what == Answered::later) {
        result.what = Outcome::later;
        if (answer.unknown) {
            ++state.unknown;
            result.wait = std::max(until_visible, answer.wait);
        }
    } else {
        result.what = Outcome::never;
    }
    ended(name, report, std::move(state), result);
}

}  // namespace inhaul::report
