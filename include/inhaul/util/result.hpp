// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace inhaul {

/// The kind of an error. It decides the exit status and whether a retry makes sense.
enum class ErrorCode {
    usage,           ///< The command line is invalid.
    configuration,   ///< A settings file, or something that it names, is invalid.
    not_found,       ///< The requested object does not exist.
    permission,      ///< File modes or polkit of this host do not allow it.
    authentication,  ///< The server does not accept the token, key or certificate.
    network,         ///< No answer, or an incomplete answer.
    timeout,         ///< A deadline passed.
    io,              ///< The operating system refused a file operation.
    no_space,        ///< No blocks or inodes left.
    locked,          ///< Another deployment holds the lock.
    protocol,        ///< The answer violates the protocol.
    corrupt,         ///< Stored data is damaged: the ledger, an object store.
    refused,         ///< A rule of inhaul forbids it (foreign directory, own unit).
    failed,          ///< A command or a service failed.
    host,            ///< This host prevents it, whatever is deployed: a masked unit, a start limit.
    internal,        ///< A defect in inhaul.
};

/// Returns the stable lower-case name of a code for the ledger and `--json`.
[[nodiscard]] std::string_view to_string(ErrorCode code);

/// Returns the code with this name, or `internal` for an unknown name.
[[nodiscard]] ErrorCode error_code_from(std::string_view name);

/// The cause of an error, where a decision needs more than the code. Messages are for people: they
/// name hosts, paths and branches. No decision may depend on their words.
enum class ErrorReason {
    none,
    unknown_host,           ///< The name of a server or a proxy has no address.
    untrusted_certificate,  ///< TLS: the server's certificate is not trusted.
    untrusted_host_key,     ///< ssh: the server's host key is not known, has changed or is revoked.
    login_required,         ///< The server requires a token, and none is configured.
    key_refused,            ///< ssh: the server does not accept the key.
    forbidden,              ///< The server accepts the token, and forbids the request (403).
    rate_limited,           ///< The server refuses requests for a time (429).
    server_error,           ///< The server reports its own fault (5xx).
    empty_repository,       ///< The repository exists and has no branch.
    no_branch,              ///< The repository exists and lacks the branch.
    no_such_commit,         ///< The commit ID has no match, or several.
    not_a_program,          ///< ENOEXEC: the file is executable, but its format is unknown.
};

/// Returns the stable lower-case name of a reason.
[[nodiscard]] std::string_view to_string(ErrorReason reason);

/// Returns the reason with this name, or `none` for an unknown name.
[[nodiscard]] ErrorReason error_reason_from(std::string_view name);

/// The hint for a full disk.
inline constexpr std::string_view free_space_hint{"Free disk space or inodes. Run: df -h; df -i"};

/// An error as an operator reads it.
///
/// `message` names the operation and its operand ("connect to github.com: timed out") and has no
/// final full stop. Each caller puts its own intent before it with within(). `hint` names the
/// command that fixes or shows the cause, or is empty. Each further command is on its own line.
struct [[nodiscard]] Error {
    ErrorCode code = ErrorCode::internal;
    std::string message;
    std::string hint = {};
    bool transient = false;                  ///< A retry may succeed although nothing was changed.
    ErrorReason reason = ErrorReason::none;  ///< Not stored in the ledger.
    /// Where the root cause begins in `message`, after the callers' intents. Not stored either.
    std::size_t cause_at = 0;
    /// The server allows no request for this time. Not stored either.
    std::optional<std::chrono::seconds> retry_after = {};
    /// The name of the limit behind `retry_after`, if other requests share it. Not stored either.
    std::string budget = {};

    /// Returns this error with `intent: ` before its message.
    Error within(std::string_view intent) &&;
    Error within(std::string_view intent) const&;

    bool operator==(const Error&) const = default;
};

/// A value of type T or an Error. It is a class and not an alias so that the compiler warns about
/// each unused result.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
    using tl::expected<T, Error>::expected;
};

/// Returns the value of TRY: the value moved out of a Result, or nothing for Result<void>.
template <class T>
[[nodiscard]] T take_value(Result<T>&& result) {
    return std::move(*result);
}
inline void take_value(Result<void>&& /*result*/) {}

/// Returns an error that converts to a Result of any type: `return fail(ErrorCode::io, "...")`.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message,
                                                std::string hint = {}, bool transient = false) {
    return tl::unexpected<Error>{Error{code, std::move(message), std::move(hint), transient}};
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>{std::move(error)};
}

/// Returns the Error for a failed system call. `operation` names the call and its operand, `number`
/// is its errno. ENOSPC and EDQUOT become no_space, EACCES and EPERM permission, ENOENT not_found.
/// The reason of ENOEXEC is not_a_program.
[[nodiscard]] Error system_error(int number, std::string_view operation);

}  // namespace inhaul

// Each use has its own variable, so that a TRY can contain another.
#define INHAUL_JOIN_TRY_NAME(number) try_result_##number##_
#define INHAUL_TRY_NAME(number) INHAUL_JOIN_TRY_NAME(number)
#define INHAUL_TRY(result, change_error, ...)                                       \
    __extension__({                                                                 \
        auto result = (__VA_ARGS__);                                                \
        if (!result) return ::inhaul::fail(std::move(result.error()) change_error); \
        ::inhaul::take_value(std::move(result));                                    \
    })

/// Evaluates to the value of a Result. On an error, returns it from the enclosing function.
#define TRY(...) INHAUL_TRY(INHAUL_TRY_NAME(__COUNTER__), , __VA_ARGS__)

/// TRY that puts the caller's intent before the error's message.
#define TRY_WITHIN(intent, ...) \
    INHAUL_TRY(INHAUL_TRY_NAME(__COUNTER__), .within(intent), __VA_ARGS__)
