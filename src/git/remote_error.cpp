#include "remote_error.hpp"

#include <fmt/format.h>

#include "library.hpp"

namespace inhaul::git {

Error remote_error(int code, const Conversation& conversation) {
    if (conversation.failure) return *conversation.failure;
    const auto& access = conversation.access;
    auto error = library_error(code, fmt::format("fetch {}", access.url));
    // What it calls "unsupported URL protocol": it takes a path for a URL when nothing is there.
    if ((access.url.starts_with("/") || access.url.starts_with("file://")) &&
        error.code == ErrorCode::network)
        error = {ErrorCode::not_found, fmt::format("fetch {}: no repository there", access.url)};
    if (error.code == ErrorCode::not_found && error.hint.empty())
        error.hint = "Is there a repository?";
    return error;
}

}  // namespace inhaul::git
