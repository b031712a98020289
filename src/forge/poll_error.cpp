#include "poll_error.hpp"

#include <string_view>

namespace inhaul::forge {
namespace {

// The codes are coarser than the troubles; the words are git::remote_head's own.
bool mentions(const Error& error, std::string_view words) {
    return error.message.find(words) != std::string::npos;
}

PollErrorKind trouble_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::network:
        case ErrorCode::timeout:
            return PollErrorKind::unreachable;
        case ErrorCode::authentication:
            return mentions(error, "certificate") || mentions(error, "host's key")
                       ? PollErrorKind::untrusted
                       : PollErrorKind::bad_token;
        case ErrorCode::not_found:
            if (mentions(error, "is empty")) return PollErrorKind::empty_repository;
            return mentions(error, "has no branch") ? PollErrorKind::no_branch
                                                    : PollErrorKind::no_access;
        case ErrorCode::protocol:
            return PollErrorKind::nonsense;
        default:
            return error.transient ? PollErrorKind::unreachable : PollErrorKind::local;
    }
}

}  // namespace

PollError cannot_tell(const Error& error) {
    return {.kind = trouble_of(error), .message = error.message, .hint = error.hint};
}

}  // namespace inhaul::forge
