// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace inhaul {

/// What kind of thing went wrong; decides the exit status and whether a retry makes sense.
enum class ErrorCode {
    usage,           ///< The command line cannot be carried out as it stands.
    configuration,   ///< A settings file, or something it names, is wrong.
    not_found,       ///< The thing asked for does not exist there.
    permission,      ///< This host (file modes, polkit) does not allow it.
    authentication,  ///< The other side does not accept the token, key or certificate.
    network,         ///< No answer, or half of one.
    timeout,         ///< A deadline passed.
    io,              ///< The operating system refused a file operation.
    no_space,        ///< No blocks or inodes left.
    locked,          ///< Another deployment holds the lock.
    protocol,        ///< The other side answered something that it must not.
    corrupt,         ///< Stored data cannot be trusted: the ledger, an object store.
    refused,         ///< A rule of ours says no (foreign directory, own unit).
    failed,          ///< A command or a service ended badly.
    host,            ///< This host prevents it, whatever is deployed: a masked unit, a start limit.
    internal,        ///< A defect in inhaul.
};

/// The stable lower-case name of a code, as the ledger and `--json` show it.
[[nodiscard]] std::string_view to_string(ErrorCode code);

/// The inverse of to_string; `internal` for a name that is not known.
[[nodiscard]] ErrorCode error_code_from(std::string_view name);

/// What happened, where a decision needs more than the code. Messages are for people: they name
/// hosts, paths and branches, and no decision may depend on their words.
enum class ErrorReason {
    none,
    unknown_host,           ///< No address is known for the name of a server or a proxy.
    untrusted_certificate,  ///< TLS: the server's certificate is not trusted.
    untrusted_host_key,     ///< ssh: the server's host key is not known, has changed or is revoked.
    empty_repository,       ///< The repository exists and has no branch.
    no_branch,              ///< The repository exists and lacks the branch.
    not_a_program,          ///< ENOEXEC: the file is executable and in no known format.
};

/// The stable lower-case name of a reason.
[[nodiscard]] std::string_view to_string(ErrorReason reason);

/// The inverse of to_string; `none` for a name that is not known.
[[nodiscard]] ErrorReason error_reason_from(std::string_view name);

/// An error as an operator reads it.
///
/// `message` names the operation and its operand ("connect to github.com: timed out") and has no
/// final full stop. Each caller puts its own intent before it with within(). `hint` is what the
/// operator can do about it, a sentence, or empty.
struct [[nodiscard]] Error {
    ErrorCode code = ErrorCode::internal;
    std::string message;
    std::string hint = {};
    bool transient = false;  ///< The same attempt may succeed later with nothing changed.
    ErrorReason reason = ErrorReason::none;  ///< Not stored in the ledger.

    /// The same error with `intent: ` put before its message.
    Error within(std::string_view intent) &&;
    Error within(std::string_view intent) const&;

    bool operator==(const Error&) const = default;
};

/// A value of type T or an Error. A class of its own, and not an alias, only so that the compiler
/// warns wherever a result is dropped.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
    using tl::expected<T, Error>::expected;
};

/// What TRY yields: the value moved out of a Result, or nothing for Result<void>.
template <class T>
[[nodiscard]] T take_value(Result<T>&& result) {
    return std::move(*result);
}
inline void take_value(Result<void>&& /*result*/) {}

/// An error as a Result of any type: `return fail(ErrorCode::io, "...")`.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message,
                                                std::string hint = {}, bool transient = false) {
    return tl::unexpected<Error>{Error{code, std::move(message), std::move(hint), transient}};
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>{std::move(error)};
}

/// The Error for a failed system call: `operation` names call and operand, `number` is its errno.
/// ENOSPC and EDQUOT become no_space, EACCES and EPERM permission, ENOENT not_found. The reason of
/// ENOEXEC is not_a_program.
[[nodiscard]] Error system_error(int number, std::string_view operation);

}  // namespace inhaul

// One name for each use, so that one TRY can stand inside another.
#define INHAUL_JOIN_TRY_NAME(number) try_result_##number##_
#define INHAUL_TRY_NAME(number) INHAUL_JOIN_TRY_NAME(number)
#define INHAUL_TRY(result, change_error, ...)                                       \
    __extension__({                                                                 \
        auto result = (__VA_ARGS__);                                                \
        if (!result) return ::inhaul::fail(std::move(result.error()) change_error); \
        ::inhaul::take_value(std::move(result));                                    \
    })

/// The value of a Result, or return its error from the enclosing function.
#define TRY(...) INHAUL_TRY(INHAUL_TRY_NAME(__COUNTER__), , __VA_ARGS__)

/// TRY with the caller's intent put before the error's message.
#define TRY_WITHIN(intent, ...) \
    INHAUL_TRY(INHAUL_TRY_NAME(__COUNTER__), .within(intent), __VA_ARGS__)
