// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include <inhaul/util/http.hpp>

namespace inhaul::forge {

/// Returns the error for an answer from GitHub's REST API with an unexpected status.
///
/// A rate limit and a fault of the server are transient. They have code `network` and the wait that
/// the server demands. The wait of a rate limit is `secondary_wait` if the server names no wait. A
/// token that lacks the permission has code `authentication` and reason `forbidden`. An invalid
/// token has only this code. Every other status has code `failed`. `permission`: of the token, for
/// the request. `token_file`: for the hint, if it is known.
[[nodiscard]] Error rest_error(const http::Response& response, std::string_view permission,
                               TimePoint now,
                               const std::optional<std::filesystem::path>& token_file = {});

}  // namespace inhaul::forge
