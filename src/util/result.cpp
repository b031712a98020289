// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/result.hpp>

#include <array>
#include <cerrno>
#include <system_error>

#include <inhaul/util/names.hpp>

namespace inhaul {
namespace {

constexpr std::array code_names{
    Named{ErrorCode::usage, "usage"},
    Named{ErrorCode::configuration, "configuration"},
    Named{ErrorCode::not_found, "not_found"},
    Named{ErrorCode::permission, "permission"},
    Named{ErrorCode::authentication, "authentication"},
    Named{ErrorCode::network, "network"},
    Named{ErrorCode::timeout, "timeout"},
    Named{ErrorCode::io, "io"},
    Named{ErrorCode::no_space, "no_space"},
    Named{ErrorCode::locked, "locked"},
    Named{ErrorCode::protocol, "protocol"},
    Named{ErrorCode::corrupt, "corrupt"},
    Named{ErrorCode::refused, "refused"},
    Named{ErrorCode::failed, "failed"},
    Named{ErrorCode::host, "host"},
    Named{ErrorCode::internal, "internal"},
};

constexpr std::array reason_names{
    Named{ErrorReason::none, "none"},
    Named{ErrorReason::unknown_host, "unknown_host"},
    Named{ErrorReason::untrusted_certificate, "untrusted_certificate"},
    Named{ErrorReason::untrusted_host_key, "untrusted_host_key"},
    Named{ErrorReason::login_required, "login_required"},
    Named{ErrorReason::key_refused, "key_refused"},
    Named{ErrorReason::forbidden, "forbidden"},
    Named{ErrorReason::rate_limited, "rate_limited"},
    Named{ErrorReason::server_error, "server_error"},
    Named{ErrorReason::empty_repository, "empty_repository"},
    Named{ErrorReason::no_branch, "no_branch"},
    Named{ErrorReason::no_such_commit, "no_such_commit"},
    Named{ErrorReason::not_a_program, "not_a_program"},
};

ErrorCode code_for(int number) {
    switch (number) {
        case ENOSPC:
        case EDQUOT:
            return ErrorCode::no_space;
        case EACCES:
        case EPERM:
        case EROFS:
            return ErrorCode::permission;
        case ENOENT:
            return ErrorCode::not_found;
        default:
            return ErrorCode::io;
    }
}

}  // namespace

std::string_view to_string(ErrorCode code) {
    return name_in(code_names, code, "internal");
}

ErrorCode error_code_from(std::string_view name) {
    return value_in(code_names, name).value_or(ErrorCode::internal);
}

std::string_view to_string(ErrorReason reason) {
    return name_in(reason_names, reason, "none");
}

ErrorReason error_reason_from(std::string_view name) {
    return value_in(reason_names, name).value_or(ErrorReason::none);
}

Error Error::within(std::string_view intent) && {
    const auto before = std::string{intent} + ": ";
    message.insert(0, before);
    cause_at += before.size();
    return std::move(*this);
}

Error Error::within(std::string_view intent) const& {
    return Error{*this}.within(intent);
}

Error system_error(int number, std::string_view operation) {
    const auto code = code_for(number);
    auto message = std::string{operation} + ": " + std::generic_category().message(number);
    const auto reason = number == ENOEXEC ? ErrorReason::not_a_program : ErrorReason::none;
    if (code != ErrorCode::no_space) return Error{code, std::move(message), {}, false, reason};
    return Error{code, std::move(message), std::string{free_space_hint}, true};
}

}  // namespace inhaul
