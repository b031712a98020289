// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <inhaul/util/result.hpp>

namespace inhaul::setup {

/// Creates a channel of a webhook relay, and returns its URL. smee redirects from `/new` to it,
/// gosmee names it in the body. `server` is the relay's URL without a path.
[[nodiscard]] Result<std::string> create_relay_channel(
    const std::string& server, const std::optional<std::filesystem::path>& ca_file);

}  // namespace inhaul::setup
