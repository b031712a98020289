// SPDX-License-Identifier: Apache-2.0
#include <inhaul/notifications.hpp>

#include <array>

#include <inhaul/util/names.hpp>

namespace inhaul {
namespace {

struct ReportName {
    ReportKind value;
    std::string_view name;
    std::string_view type;
};
constexpr std::array report_names{
    ReportName{ReportKind::started, "started", "deployment.started"},
    ReportName{ReportKind::succeeded, "succeeded", "deployment.succeeded"},
    ReportName{ReportKind::failed, "failed", "deployment.failed"},
    ReportName{ReportKind::rolled_back, "rolled_back", "deployment.rolled_back"},
    ReportName{ReportKind::refused, "refused", "deployment.refused"},
    ReportName{ReportKind::waiting, "waiting", "deployment.waiting"},
    ReportName{ReportKind::polls_failing, "cannot_tell", "app.cannot_tell"},
    ReportName{ReportKind::recovered, "recovered", "app.recovered"},
    ReportName{ReportKind::edits_saved, "edits_saved", "edits.saved"},
};

constexpr std::array target_names{
    Named{NotifyTarget::Type::webhook, "webhook"},   Named{NotifyTarget::Type::slack, "slack"},
    Named{NotifyTarget::Type::discord, "discord"},   Named{NotifyTarget::Type::ntfy, "ntfy"},
    Named{NotifyTarget::Type::telegram, "telegram"}, Named{NotifyTarget::Type::email, "email"},
    Named{NotifyTarget::Type::ping, "ping"},         Named{NotifyTarget::Type::command, "command"},
    Named{NotifyTarget::Type::github, "github"},     Named{NotifyTarget::Type::otlp, "otlp"},
};

bool is_configured(NotifyTarget::Type type) {
    return type != NotifyTarget::Type::github && type != NotifyTarget::Type::otlp;
}

}  // namespace

std::string_view to_string(ReportKind kind) {
    return name_in(report_names, kind, {});
}

std::string_view type_of(ReportKind kind) {
    const auto* const entry = entry_of(report_names, kind);
    return entry == nullptr ? std::string_view{} : entry->type;
}

std::optional<ReportKind> report_kind_from(std::string_view name) {
    for (const auto& each : report_names)
        if (each.name == name || each.type == name) return each.value;
    return std::nullopt;
}

std::vector<std::string_view> report_kind_names() {
    std::vector<std::string_view> names;
    for (const auto& each : report_names)
        names.push_back(each.name);
    return names;
}

std::string_view to_string(NotifyTarget::Type type) {
    return name_in(target_names, type, {});
}

std::optional<NotifyTarget::Type> target_type_from(std::string_view name) {
    const auto type = value_in(target_names, name);
    return type && is_configured(*type) ? type : std::nullopt;
}

std::vector<std::string_view> target_type_names() {
    std::vector<std::string_view> names;
    for (const auto& each : target_names)
        if (is_configured(each.value)) names.push_back(each.name);
    return names;
}

}  // namespace inhaul
