#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>

/// What a forge says about the head of a branch.
namespace inhaul {

/// Why there was no answer. Each has its own sentence; none of them ever means "up to date".
enum class PollErrorKind {
    unreachable,       ///< no connection, a deadline, half an answer
    server_error,      ///< 5xx
    no_access,         ///< 404: no such repository, or the token may not see it
    empty_repository,  ///< 409
    no_branch,         ///< 422
    bad_token,         ///< 401
    sso_required,      ///< 403 with X-GitHub-SSO
    forbidden,         ///< any other 403
    rate_limited,      ///< 403 or 429: primary or secondary limit
    legal_block,       ///< 451
    api_version,       ///< 400 or 410 about the API's version
    untrusted,         ///< the server's certificate or host key is not trusted
    nonsense,          ///< an answer that is none: no commit name, a foreign redirect
    local,             ///< this host: a token file, a key, the ledger
};
[[nodiscard]] std::string_view to_string(PollErrorKind kind);
[[nodiscard]] std::optional<PollErrorKind> poll_error_kind_from(std::string_view name);

struct NewHead {
    CommitId commit;  ///< may equal what was known, where the protocol has no "not modified"
};
/// The head still is the commit that the question named.
struct NotModified {};
struct PollError {
    PollErrorKind kind = PollErrorKind::unreachable;
    std::string message;  ///< a sentence without full stop, naming host or repository
    std::string hint;     ///< what the operator can do, or empty
    /// The server asked to be left alone until then: obeyed for every app on the same budget.
    std::optional<TimePoint> not_before = {};
    bool operator==(const PollError&) const = default;
};

/// An answer, and what else it told.
struct HeadAnswer {
    std::variant<NewHead, NotModified, PollError> what;
    /// A renamed or transferred repository, followed on the same host.
    std::optional<std::int64_t> repository_id = {};
    std::optional<std::string> moved_to = {};  ///< its new owner/name, once asked for
    std::optional<TimePoint> token_expires = {};
    /// Requests left in the server's window and its end, where the server says so.
    std::optional<std::uint64_t> remaining = {};
    std::optional<TimePoint> window_ends = {};
    /// The least time between questions, where the server names one (X-Poll-Interval).
    std::optional<Seconds> poll_interval = {};
};

}  // namespace inhaul
