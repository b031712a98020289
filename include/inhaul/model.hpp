// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <inhaul/util/clock.hpp>

namespace inhaul {

/// Returns the first seven digits of a commit ID, for people.
[[nodiscard]] std::string_view short_form(std::string_view commit);
/// Returns true for text of that form.
[[nodiscard]] bool is_short_form(std::string_view text);

/// A full commit ID: 40 lower-case hex digits (64 in a SHA-256 repository).
class CommitId {
public:
    /// Returns nothing unless the text is exactly a full commit ID. Accepts upper case.
    [[nodiscard]] static std::optional<CommitId> parse(std::string_view text);

    [[nodiscard]] const std::string& hex() const { return hex_; }
    [[nodiscard]] std::string short_form() const { return std::string{inhaul::short_form(hex_)}; }

    bool operator==(const CommitId&) const = default;

private:
    explicit CommitId(std::string hex) : hex_(std::move(hex)) {}
    std::string hex_;
};

/// A branch name without `refs/heads/`, valid by git-check-ref-format(1).
class BranchName {
public:
    /// The part of the ref before the name.
    static constexpr std::string_view prefix{"refs/heads/"};

    [[nodiscard]] static std::optional<BranchName> parse(std::string_view text);
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] std::string ref() const { return std::string{prefix} + text_; }
    bool operator==(const BranchName&) const = default;

private:
    explicit BranchName(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// The name of an app: the name of its settings file without `.toml`. Letters, digits, `.`, `_`,
/// `-`, at most 64, the first a letter or digit.
class AppName {
public:
    [[nodiscard]] static std::optional<AppName> parse(std::string_view text);
    [[nodiscard]] const std::string& text() const { return text_; }
    auto operator<=>(const AppName&) const = default;

private:
    explicit AppName(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// How git reaches a repository.
enum class GitProtocol { http, ssh, local };
/// Returns the protocol of an https, http, ssh or file URL, or of an absolute path.
[[nodiscard]] GitProtocol git_protocol(std::string_view git_url);

/// The upper bounds of the histogram of deployments' durations, in seconds.
inline constexpr std::array<std::int64_t, 6> duration_bounds{1, 5, 15, 60, 300, 900};

/// What triggered a deployment.
enum class Trigger {
    poll,    ///< a poll of the agent found a new head
    relay,   ///< an event of a relay, and the poll that followed
    once,    ///< `inhaul once`: cron, a systemd timer
    manual,  ///< `inhaul deploy`: an operator or another program; `hand` in ledger and JSON
};
[[nodiscard]] std::string_view to_string(Trigger trigger);
[[nodiscard]] std::optional<Trigger> trigger_from(std::string_view name);

/// The data by which people recognise a commit.
struct CommitSummary {
    std::string author;   ///< name only
    std::string subject;  ///< the first line of the message
    TimePoint committed;
};

}  // namespace inhaul
