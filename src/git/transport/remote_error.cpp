#include "remote_error.hpp"

#include <fmt/format.h>

#include <git/repository/libgit2.hpp>

namespace inhaul::git {

Error remote_error(int code, const FetchContext& context) {
    if (context.failure) return *context.failure;
    const auto& access = context.access;
    auto error = libgit2_error(code, fmt::format("fetch {}", access.url));
    // What it calls "unsupported URL protocol": it takes a path for a URL when nothing is there.
    if ((access.url.starts_with("/") || access.url.starts_with("file://")) &&
        error.code == ErrorCode::network)
        error = {ErrorCode::not_found, fmt::format("fetch {}: no repository there", access.url)};
    if (error.code == ErrorCode::not_found && error.hint.empty())
        error.hint = "Is there a repository?";
    return error;
}

}  // namespace inhaul::git
