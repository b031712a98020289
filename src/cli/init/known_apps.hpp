// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <inhaul/settings.hpp>

#include <cli/cli.hpp>

namespace inhaul::cli {

/// An app on this host.
struct Known {
    std::string account;
    Settings settings;
};

/// Returns the app whose directory is or contains this one. Root sees the apps of every account;
/// other accounts see their own. Apps with problems, such as a missing key, are included.
[[nodiscard]] Result<std::optional<Known>> app_around(const std::filesystem::path& directory,
                                                      const GlobalOptions& global, bool personal);

}  // namespace inhaul::cli
