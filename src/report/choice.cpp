// SPDX-License-Identifier: Apache-2.0
#include "choice.hpp"

#include <algorithm>

namespace inhaul::report {
namespace {

using ledger::Report;
using std::chrono::hours;

/// A deployment that has ended supersedes its start and an earlier wait. An answer from the forge
/// supersedes a silence.
bool supersedes(const Report& later, const Report& earlier) {
    if (later.app != earlier.app) return false;
    switch (earlier.kind) {
        case ReportKind::started:
            return later.deployment == earlier.deployment && later.kind != ReportKind::edits_saved;
        case ReportKind::waiting:
            return later.kind == ReportKind::waiting || later.kind == ReportKind::refused ||
                   later.kind == ReportKind::started || later.kind == ReportKind::succeeded;
        case ReportKind::polls_failing:
            return later.kind == ReportKind::recovered;
        default:
            return false;
    }
}

/// GitHub and a collector record each deployment. Every other target gets one message for a cause.
bool gets_each_end(NotifyTarget::Type type) {
    return type == NotifyTarget::Type::github || type == NotifyTarget::Type::otlp;
}

}  // namespace

Milliseconds lifetime_of(ReportKind kind) {
    const bool short_lived = kind == ReportKind::started || kind == ReportKind::waiting;
    return short_lived ? hours{1} : hours{24};
}

Choice choose(const std::vector<Report>& pending, const NotifyTarget& target,
              const std::optional<AppName>& app, TimePoint now) {
    Choice choice;
    for (auto report = pending.begin(); report != pending.end(); ++report) {
        const bool news = !report->repeated || gets_each_end(target.type);
        const bool wanted =
            news && target.events.contains(report->kind) && (!app || report->app == *app);
        const bool expired = now - report->time > lifetime_of(report->kind);
        const bool superseded = std::any_of(report + 1, pending.end(), [&](const Report& later) {
            return supersedes(later, *report);
        });
        if (wanted && !expired && !superseded) {
            choice.next = *report;
            return choice;
        }
        const bool lost = wanted && expired && !superseded;
        if (lost && !choice.expired) choice.expired = *report;
        if (lost) ++choice.expired_count;
        choice.passed = report->number;
    }
    return choice;
}

}  // namespace inhaul::report
