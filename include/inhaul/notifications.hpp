// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/util/clock.hpp>

/// The reports for operators and programs, and their targets.
namespace inhaul {

enum class ReportKind {
    started,        ///< a deployment begins to change something
    succeeded,      ///< it is live
    failed,         ///< it failed, and nothing was rolled back
    rolled_back,    ///< it failed, and the last known good commit is live again
    refused,        ///< a gate refused the commit
    waiting,        ///< a gate holds the commit
    polls_failing,  ///< the forge has not answered for `notify.silent_after`
    recovered,      ///< the fault of an earlier failed, rolled_back or polls_failing is over
    edits_saved,    ///< local edits were in the way, and were saved
};
/// Returns the name in the settings: `rolled_back`.
[[nodiscard]] std::string_view to_string(ReportKind kind);
/// Returns the type in a message: `deployment.rolled_back`, `app.recovered`, `edits.saved`.
[[nodiscard]] std::string_view type_of(ReportKind kind);
/// Parses both forms.
[[nodiscard]] std::optional<ReportKind> report_kind_from(std::string_view name);
/// Returns the names in the settings, in the order of ReportKind.
[[nodiscard]] std::vector<std::string_view> report_kind_names();

/// A receiver of reports: `[notify.NAME]`.
struct NotifyTarget {
    /// `github` and `otlp` are the tables `[report]` and `[otlp]`, no tables of their own.
    enum class Type { webhook, slack, discord, ntfy, telegram, email, ping, command, github, otlp };

    std::string name;
    Type type = Type::webhook;
    std::set<ReportKind> events{ReportKind::failed, ReportKind::rolled_back,
                                ReportKind::polls_failing, ReportKind::recovered};
    /// Contains the URL, which is a secret for most types. Either this or `url`, or neither.
    std::optional<std::filesystem::path> url_file;
    std::optional<std::string> url;
    std::optional<std::filesystem::path> secret_file;    ///< webhook: the signature's key
    std::optional<std::filesystem::path> token_file;     ///< ntfy, telegram, otlp
    std::string chat;                                    ///< telegram
    std::vector<std::string> to;                         ///< email
    std::string from;                                    ///< email
    std::string user;                                    ///< email by SMTP
    std::optional<std::filesystem::path> password_file;  ///< of the user
    std::vector<std::string> command;                    ///< command; email: the mail program
    std::optional<std::filesystem::path> ca_file;        ///< instead of the system's authorities
    Milliseconds deadline{15'000};                       ///< of one attempt
};
[[nodiscard]] std::string_view to_string(NotifyTarget::Type type);
/// The types of `[notify.NAME]`.
[[nodiscard]] std::optional<NotifyTarget::Type> target_type_from(std::string_view name);
[[nodiscard]] std::vector<std::string_view> target_type_names();

}  // namespace inhaul
