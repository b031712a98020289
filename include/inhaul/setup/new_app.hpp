// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

/// The settings of an app during its setup.
namespace inhaul::setup {

/// The settings of a new app; empty members are not written. They are not validated yet:
/// config::parse() validates the text.
struct NewApp {
    std::string name;
    std::string repository;  ///< as `repository` may be written
    std::string branch;
    std::filesystem::path directory;
    std::vector<std::string> units;  ///< in the order of their restart; may be empty
    SystemdUnit::Scope scope = SystemdUnit::Scope::system;
    std::optional<std::filesystem::path> trigger;  ///< service.trigger
    std::optional<std::filesystem::path> ssh_key;
    std::optional<std::filesystem::path> ssh_config;
    std::optional<std::filesystem::path> token_file;
    std::optional<std::filesystem::path> known_hosts;
    std::optional<std::filesystem::path> ca_file;
    std::optional<std::string> api_url;
    std::optional<std::string> relay_url;
    std::optional<std::filesystem::path> secret_file;
};

/// Returns the members from the settings of an app.
[[nodiscard]] NewApp as_written(const Settings& settings);

/// Dotted keys and their values, in the order of the file.
using Keys = std::vector<std::pair<std::string_view, std::string>>;
[[nodiscard]] Keys keys_of(const NewApp& app);

/// Returns the settings file, in TOML.
[[nodiscard]] std::string settings_text(const NewApp& app);

/// Returns the existing settings file `written`, with the further keys of `app` appended. Fails
/// with `refused`, and names the keys, if the two conflict, or if appending to the file is not
/// enough.
[[nodiscard]] Result<std::string> extended(const std::string& written, const Settings& existing,
                                           const NewApp& app);

/// Returns the dotted keys whose effective values differ.
[[nodiscard]] std::vector<std::string> changed_keys(const Settings& before, const Settings& after);

/// Converts the remote of a checkout for the settings. A repository on github.com becomes
/// `owner/name`. Another repository becomes its URL without the password.
[[nodiscard]] std::string repository_from(std::string_view remote);

/// Derives an app's name from a directory or a repository: a dash replaces each invalid character.
/// The result may be empty.
[[nodiscard]] std::string name_from(std::string_view text);

}  // namespace inhaul::setup
