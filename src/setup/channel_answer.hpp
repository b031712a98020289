// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <inhaul/util/http.hpp>
#include <inhaul/util/result.hpp>

namespace inhaul::setup {

/// Returns the URL of the new channel from a relay's answer. The URL has the relay's origin, a
/// path, and no hidden characters. Fails with `protocol` for an answer without such a URL.
[[nodiscard]] Result<std::string> channel_in(const http::Response& answer,
                                             const std::string& server);

}  // namespace inhaul::setup
