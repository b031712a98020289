// SPDX-License-Identifier: Apache-2.0
#include "github.hpp"

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

namespace inhaul::report {
namespace {

using forge::AddCommitStatus;
using forge::AddDeploymentStatus;
using forge::CreateDeployment;
using forge::longest_description;
using ledger::GitHubState;
using ledger::Report;
using Step = GitHubStep::Kind;
using As = GitHubReport::As;

bool has_ended(const Report& report) {
    return report.kind != ReportKind::started;
}

/// Returns true for a report that GitHub needs only if it shows this deployment as in progress.
bool only_ends(const Report& report) {
    return report.kind == ReportKind::refused || report.kind == ReportKind::waiting ||
           report.repeated;
}

/// The settings may have changed from deployments to statuses or back.
bool was_reported_as(const GitHubState& state, As as) {
    return (as == As::deployments) == (state.id != 0);
}

/// A deployment that is resumed after a kill may take a newer commit.
bool is_about(const GitHubState& state, const Report& report) {
    return state.deployment == report.deployment && state.commit == report.commit;
}

/// The states of deployments. Those of commits have `pending` in place of `in_progress`.
std::string state_for(ReportKind kind, As as) {
    switch (kind) {
        case ReportKind::started:
            return as == As::statuses ? "pending" : "in_progress";
        case ReportKind::succeeded:
            return "success";
        case ReportKind::rolled_back:
            return "failure";
        default:
            return "error";
    }
}

std::string description_of(const Report& report) {
    const auto name = fmt::format("deployment {}", report.deployment.value_or(0));
    const auto with_cause = [&](std::string_view end) {
        const auto room = longest_description - name.size() - 2 - end.size();
        return fmt::format("{}: {}{}", name, cut(printable(report.cause), room), end);
    };
    switch (report.kind) {
        case ReportKind::started:
            return name + " has started";
        case ReportKind::succeeded:
            return name + " is live";
        case ReportKind::rolled_back:
            return with_cause(report.from ? "; rolled back to " + report.from->short_form()
                                          : std::string{"; rolled back"});
        default:
            return with_cause("");
    }
}

/// Composes the requests about one report.
class Composer {
public:
    Composer(const GitHubState& state, const Report& report, const GitHubTarget& target,
             const Origin& origin)
        : state_(state), report_(report), target_(target), origin_(origin) {}

    [[nodiscard]] forge::ReportCall close_previous() const {
        constexpr auto lost = "the result of this deployment is not known";
        if (target_.report.as == As::statuses)
            return status(state_.commit.value_or(*report_.commit), "error", lost);
        return AddDeploymentStatus{state_.id, "error", lost};
    }
    [[nodiscard]] CreateDeployment create() const {
        const auto app = report_.app.text();
        const auto& environment = target_.report.environment;
        return {.commit = *report_.commit,
                .environment = environment.empty() ? "production/" + origin_.host : environment,
                .description = cut(fmt::format("inhaul on {}: {}", printable(origin_.host), app),
                                   longest_description),
                .key = fmt::format("{}-{}-{}", state_.key, *report_.deployment,
                                   report_.commit->short_form()),
                .host = origin_.host,
                .account = origin_.account,
                .app = app,
                .number = *report_.deployment};
    }
    [[nodiscard]] forge::ReportCall set_state() const {
        const auto state = state_for(report_.kind, target_.report.as);
        if (target_.report.as == As::statuses)
            return status(*report_.commit, state, description_of(report_));
        AddDeploymentStatus call{state_.id, state, description_of(report_)};
        // A link to an address where something else runs would mislead.
        if (report_.kind == ReportKind::succeeded)
            call.environment_url = target_.report.environment_url;
        return call;
    }
    [[nodiscard]] forge::ReportCall deactivate_previous() const {
        return AddDeploymentStatus{
            state_.live, "inactive",
            fmt::format("replaced by deployment {}", report_.deployment.value_or(0))};
    }

private:
    [[nodiscard]] AddCommitStatus status(const CommitId& commit, std::string state,
                                         std::string description) const {
        return {.commit = commit,
                .state = std::move(state),
                .context =
                    fmt::format("{}{}/{}", forge::own_contexts, origin_.host, report_.app.text()),
                .description = std::move(description),
                .target_url = target_.report.environment_url};
    }

    const GitHubState& state_;
    const Report& report_;
    const GitHubTarget& target_;
    const Origin& origin_;
};

/// Returns the request that asks for the result of a request.
struct ResultQuery {
    forge::ReportCall operator()(const CreateDeployment& call) const {
        return forge::FindDeployment{call};
    }
    forge::ReportCall operator()(const AddDeploymentStatus& call) const {
        return forge::FindDeploymentStatus{call};
    }
    forge::ReportCall operator()(const AddCommitStatus& call) const {
        return forge::FindCommitStatus{call};
    }
    template <class Other>
    forge::ReportCall operator()(const Other& call) const {
        return call;
    }
};

bool sets_commit_status(const GitHubStep& step) {
    return std::holds_alternative<AddCommitStatus>(step.call) ||
           std::holds_alternative<forge::FindCommitStatus>(step.call);
}

std::optional<GitHubStep> step_of(const GitHubState& state, const Report& report, bool unknown,
                                  const Composer& composer, As as) {
    const bool known = is_about(state, report);
    if (state.open && !known && was_reported_as(state, as))
        return GitHubStep{Step::close_previous, composer.close_previous()};
    if (!known) {
        if (only_ends(report) && !unknown) return std::nullopt;
        if (as == As::deployments) return GitHubStep{Step::create, composer.create()};
    }
    if (!known || state.open) return GitHubStep{Step::set_state, composer.set_state()};
    const bool replaces = report.kind == ReportKind::succeeded && as == As::deployments;
    if (replaces && state.live != 0 && state.live != state.id)
        return GitHubStep{Step::deactivate_previous, composer.deactivate_previous()};
    return std::nullopt;
}

}  // namespace

std::optional<GitHubStep> next_step(const GitHubState& state, const Report& report, bool unknown,
                                    const GitHubTarget& target, const Origin& origin) {
    // Without a commit, it failed before the commit was known.
    if (!report.commit || !report.deployment) return std::nullopt;
    const Composer composer{state, report, target, origin};
    auto step = step_of(state, report, unknown, composer, target.report.as);
    if (step && unknown) step->call = std::visit(ResultQuery{}, step->call);
    return step;
}

GitHubState after_step(GitHubState state, const GitHubStep& step, const Report& report,
                       std::int64_t id) {
    const bool is_live = report.kind == ReportKind::succeeded;
    switch (step.kind) {
        case Step::close_previous:
            state.open = false;
            break;
        case Step::create:
        case Step::set_state:
            if (step.kind == Step::create)
                state.id = id;
            else if (sets_commit_status(step))
                state.id = 0;
            state.deployment = report.deployment;
            state.commit = report.commit;
            state.open = step.kind == Step::create || !has_ended(report);
            if (step.kind == Step::set_state && is_live && state.live == 0) state.live = state.id;
            break;
        case Step::deactivate_previous:
            state.live = state.id;
            break;
    }
    return state;
}

bool completes(const GitHubStep& step, const Report& report) {
    return step.kind == Step::set_state && !has_ended(report);
}

bool is_query(const GitHubStep& step) {
    return std::holds_alternative<forge::FindDeployment>(step.call) ||
           std::holds_alternative<forge::FindDeploymentStatus>(step.call) ||
           std::holds_alternative<forge::FindCommitStatus>(step.call);
}

}  // namespace inhaul::report
