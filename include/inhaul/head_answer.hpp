// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>

/// The answer from a forge to a poll for the head of a branch.
namespace inhaul {

/// A token that expires within this time causes a warning.
inline constexpr std::chrono::hours token_warning{14 * 24};

/// Why a poll got no answer. Each kind has its own message. None of them means "up to date".
enum class PollErrorKind {
    unreachable,       ///< no connection, a timeout, an incomplete answer
    server_error,      ///< 5xx
    no_access,         ///< 404: the repository does not exist, or the token may not see it
    empty_repository,  ///< 409
    no_branch,         ///< 422
    bad_token,         ///< 401
    login_required,    ///< 401 without a token
    key_refused,       ///< ssh: the server does not accept the key
    sso_required,      ///< 403 with X-GitHub-SSO
    forbidden,         ///< any other 403
    rate_limited,      ///< 403 or 429: primary or secondary limit
    legal_block,       ///< 451
    api_version,       ///< 400 or 410 about the API's version
    untrusted,         ///< the server's certificate or host key is not trusted
    invalid_answer,    ///< an invalid answer: no commit ID, a redirect to elsewhere
    local,             ///< this host: a token file, a key, the ledger
};
[[nodiscard]] std::string_view to_string(PollErrorKind kind);
[[nodiscard]] std::optional<PollErrorKind> poll_error_kind_from(std::string_view name);

/// The method of a poll.
enum class PollMethod {
    rest,      ///< one conditional REST request
    https,     ///< one request of git's protocol over https
    kept_ssh,  ///< a request in an ssh session that stays open
    each_ssh,  ///< an ssh session for each poll
    child,     ///< git's protocol in a child process for each poll
};
[[nodiscard]] std::string_view to_string(PollMethod method);
[[nodiscard]] std::optional<PollMethod> poll_method_from(std::string_view name);
/// Returns a part of a sentence: `over ssh, in one session since 2026-03-01 12:00`.
[[nodiscard]] std::string describe(PollMethod method, std::optional<TimePoint> session_since);

struct NewHead {
    CommitId commit;  ///< may equal the known head: not every protocol has "not modified"
};
/// The head is still the known commit.
struct NotModified {};
struct PollError {
    PollErrorKind kind = PollErrorKind::unreachable;
    std::string message;  ///< without a full stop; names the host or repository
    std::string hint;     ///< the action for the operator, or empty
    /// The server allows no request before this time. Applies to all apps with the same budget.
    std::optional<TimePoint> not_before = {};
    bool operator==(const PollError&) const = default;
};

/// An answer, with the other facts that it contains.
struct HeadAnswer {
    std::variant<NewHead, NotModified, PollError> what;
    /// The number of a renamed or transferred repository on the same host.
    std::optional<std::int64_t> repository_id = {};
    std::optional<std::string> moved_to = {};  ///< its new owner/name or URL, if known
    std::optional<TimePoint> token_expires = {};
    std::optional<PollMethod> method = {};
    std::optional<TimePoint> session_since = {};  ///< of the ssh session that stays open
    /// Requests left in the server's rate limit window, and its end, if the server sends them.
    std::optional<std::uint64_t> remaining = {};
    std::optional<TimePoint> window_ends = {};
    /// The shortest interval between polls, if the server sends one (X-Poll-Interval).
    std::optional<Seconds> poll_interval = {};
};

}  // namespace inhaul
