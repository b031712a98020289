// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/result.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace inhaul {
namespace {

struct CodeName {
    ErrorCode code;
    std::string_view name;
};
constexpr std::array code_names{
    CodeName{ErrorCode::usage, "usage"},
    CodeName{ErrorCode::configuration, "configuration"},
    CodeName{ErrorCode::not_found, "not_found"},
    CodeName{ErrorCode::permission, "permission"},
    CodeName{ErrorCode::authentication, "authentication"},
    CodeName{ErrorCode::network, "network"},
    CodeName{ErrorCode::timeout, "timeout"},
    CodeName{ErrorCode::io, "io"},
    CodeName{ErrorCode::no_space, "no_space"},
    CodeName{ErrorCode::locked, "locked"},
    CodeName{ErrorCode::protocol, "protocol"},
    CodeName{ErrorCode::corrupt, "corrupt"},
    CodeName{ErrorCode::refused, "refused"},
    CodeName{ErrorCode::failed, "failed"},
    CodeName{ErrorCode::host, "host"},
    CodeName{ErrorCode::internal, "internal"},
};

struct ReasonName {
    ErrorReason reason;
    std::string_view name;
};
constexpr std::array reason_names{
    ReasonName{ErrorReason::none, "none"},
    ReasonName{ErrorReason::unknown_host, "unknown_host"},
    ReasonName{ErrorReason::untrusted_certificate, "untrusted_certificate"},
    ReasonName{ErrorReason::untrusted_host_key, "untrusted_host_key"},
    ReasonName{ErrorReason::empty_repository, "empty_repository"},
    ReasonName{ErrorReason::no_branch, "no_branch"},
    ReasonName{ErrorReason::not_a_program, "not_a_program"},
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
    const auto* const found = std::find_if(code_names.begin(), code_names.end(),
                                           [&](const auto& entry) { return entry.code == code; });
    return found == code_names.end() ? "internal" : found->name;
}

ErrorCode error_code_from(std::string_view name) {
    const auto* const found = std::find_if(code_names.begin(), code_names.end(),
                                           [&](const auto& entry) { return entry.name == name; });
    return found == code_names.end() ? ErrorCode::internal : found->code;
}

std::string_view to_string(ErrorReason reason) {
    const auto* const found =
        std::find_if(reason_names.begin(), reason_names.end(),
                     [&](const auto& entry) { return entry.reason == reason; });
    return found == reason_names.end() ? "none" : found->name;
}

ErrorReason error_reason_from(std::string_view name) {
    const auto* const found = std::find_if(reason_names.begin(), reason_names.end(),
                                           [&](const auto& entry) { return entry.name == name; });
    return found == reason_names.end() ? ErrorReason::none : found->reason;
}

Error Error::within(std::string_view intent) && {
    message.insert(0, std::string{intent} + ": ");
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
    return Error{code, std::move(message), "Free some space, or some inodes (df -i).", true};
}

}  // namespace inhaul
