#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <inhaul/settings.hpp>

#include <cli/cli.hpp>

namespace inhaul::cli {

/// An app that has been set up on this host.
struct Known {
    std::string account;
    Settings settings;
};

/// The app whose directory this is, or that the directory is inside of; nothing when there is none.
/// SafeDirectory sees those of every account, a person their own; and also those that have
/// something wrong around them, such as a key that is gone.
[[nodiscard]] Result<std::optional<Known>> app_around(const std::filesystem::path& directory,
                                                      const GlobalOptions& global, bool personal);

}  // namespace inhaul::cli
