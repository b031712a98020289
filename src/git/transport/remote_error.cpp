// SPDX-License-Identifier: Apache-2.0
#include "remote_error.hpp"

#include <fmt/format.h>

#include <git/repository/libgit2.hpp>

namespace inhaul::git {

Error remote_error(int code, const FetchContext& context) {
    if (context.failure) return *context.failure;
    const auto& access = context.access;
    auto error = libgit2_error(code, fmt::format("fetch {}", access.url));
    // libgit2 reports "unsupported URL protocol" for a missing path, which it takes for a URL.
    if (git_protocol(access.url) == GitProtocol::local && error.code == ErrorCode::network)
        error = {ErrorCode::not_found, fmt::format("fetch {}: no such repository", access.url)};
    if (error.code == ErrorCode::not_found && error.hint.empty())
        error.hint = "Check the URL of the repository.";
    return error;
}

}  // namespace inhaul::git
