// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The headers of each request to GitHub's REST API.
namespace inhaul::forge {

inline constexpr auto api_accept = "Accept: application/vnd.github+json";
inline constexpr auto api_version = "X-GitHub-Api-Version: 2022-11-28";

}  // namespace inhaul::forge
