#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

/// An app that is being set up, as far as its settings go.
namespace inhaul::setup {

/// What the settings of a new app say; what is empty is left out of them. Not yet validated:
/// config::parse() does that with the text.
struct NewApp {
    std::string name;
    std::string repository;  ///< as `repository` may be written
    std::string branch;
    std::filesystem::path directory;
    std::vector<std::string> units;  ///< in the order of their restart; none: nothing is restarted
    SystemdUnit::Scope scope = SystemdUnit::Scope::system;
    std::optional<std::filesystem::path> ssh_key;
    std::optional<std::filesystem::path> ssh_config;
    std::optional<std::filesystem::path> token_file;
    std::optional<std::filesystem::path> known_hosts;
    std::optional<std::filesystem::path> ca_file;
    std::optional<std::string> api_url;
    std::optional<std::string> relay_url;
    std::optional<std::filesystem::path> secret_file;
};

/// The same of an app that has settings, as far as it goes.
[[nodiscard]] NewApp as_written(const Settings& settings);

/// Dotted keys and their values, in the order of the file.
using Keys = std::vector<std::pair<std::string_view, std::string>>;
[[nodiscard]] Keys keys_of(const NewApp& app);

/// The file, in TOML.
[[nodiscard]] std::string settings_text(const NewApp& app);

/// The file of an app that has settings, `written`, with what `app` says besides behind it; the
/// same text when it says nothing else. Refused, naming the keys, when the two contradict each
/// other, or the file would have to be changed elsewhere than at its end.
[[nodiscard]] Result<std::string> extended(const std::string& written, const Settings& there,
                                           const NewApp& app);

/// The dotted keys whose effective value is not the same in both.
[[nodiscard]] std::vector<std::string> changed_keys(const Settings& before, const Settings& after);

/// `owner/name` for the address of a repository on github.com, otherwise the URL without a password
/// in it: what the remote of a checkout becomes in settings.
[[nodiscard]] std::string repository_from(std::string_view remote);

/// What an app may be called after a directory or a repository: what does not belong into a name
/// becomes a dash. Empty when nothing is left.
[[nodiscard]] std::string name_from(std::string_view text);

}  // namespace inhaul::setup
