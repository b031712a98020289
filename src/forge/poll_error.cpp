// SPDX-License-Identifier: Apache-2.0
#include "poll_error.hpp"

namespace inhaul::forge {
namespace {

PollErrorKind kind_of(const Error& error) {
    switch (error.reason) {
        case ErrorReason::untrusted_certificate:
        case ErrorReason::untrusted_host_key:
            return PollErrorKind::untrusted;
        case ErrorReason::login_required:
            return PollErrorKind::login_required;
        case ErrorReason::key_refused:
            return PollErrorKind::key_refused;
        case ErrorReason::forbidden:
            return PollErrorKind::forbidden;
        case ErrorReason::rate_limited:
            return PollErrorKind::rate_limited;
        case ErrorReason::server_error:
            return PollErrorKind::server_error;
        case ErrorReason::empty_repository:
            return PollErrorKind::empty_repository;
        case ErrorReason::no_branch:
            return PollErrorKind::no_branch;
        default:
            break;
    }
    switch (error.code) {
        case ErrorCode::network:
        case ErrorCode::timeout:
            return PollErrorKind::unreachable;
        case ErrorCode::authentication:
            return PollErrorKind::bad_token;
        case ErrorCode::not_found:
            return PollErrorKind::no_access;
        case ErrorCode::protocol:
            return PollErrorKind::invalid_answer;
        default:
            return error.transient ? PollErrorKind::unreachable : PollErrorKind::local;
    }
}

}  // namespace

PollError poll_error_of(const Error& error, TimePoint now) {
    return {
        .kind = kind_of(error),
        .message = error.message,
        .hint = error.hint,
        .not_before = error.retry_after ? std::optional{now + *error.retry_after} : std::nullopt};
}

}  // namespace inhaul::forge
