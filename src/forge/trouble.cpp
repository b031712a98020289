#include "trouble.hpp"

#include <string_view>

namespace inhaul::forge {
namespace {

// The codes are coarser than the troubles; the words are git::remote_head's own.
bool mentions(const Error& error, std::string_view words) {
    return error.message.find(words) != std::string::npos;
}

Trouble trouble_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::network:
        case ErrorCode::timeout:
            return Trouble::unreachable;
        case ErrorCode::authentication:
            return mentions(error, "certificate") || mentions(error, "host's key")
                       ? Trouble::untrusted
                       : Trouble::bad_token;
        case ErrorCode::not_found:
            if (mentions(error, "is empty")) return Trouble::empty_repository;
            return mentions(error, "has no branch") ? Trouble::no_branch : Trouble::no_access;
        case ErrorCode::protocol:
            return Trouble::nonsense;
        default:
            return error.transient ? Trouble::unreachable : Trouble::local;
    }
}

}  // namespace

CannotTell cannot_tell(const Error& error) {
    return {.trouble = trouble_of(error), .message = error.message, .hint = error.hint};
}

}  // namespace inhaul::forge
