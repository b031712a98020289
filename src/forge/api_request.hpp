// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <inhaul/util/http.hpp>

namespace inhaul::forge {

/// Returns a request to GitHub's REST API. `media_type`: of the answer.
[[nodiscard]] inline http::Request api_request(
    std::string url, const std::optional<Secret>& token,
    const std::optional<std::filesystem::path>& ca_file,
    const std::string& media_type = "application/vnd.github+json") {
    return {.url = std::move(url),
            .headers = {"Accept: " + media_type, "X-GitHub-Api-Version: 2022-11-28"},
            .bearer = token,
            .ca_file = ca_file};
}

}  // namespace inhaul::forge
