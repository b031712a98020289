// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/account_settings.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

/// Reads and checks settings files.
namespace inhaul::config {

namespace fs = std::filesystem;

/// The limit for a settings file, in bytes.
constexpr std::size_t largest_file = 256 * 1024;

/// A problem of a settings file, for an operator.
struct Problem {
    fs::path file;
    unsigned line = 0;    ///< from 1; 0 if the problem concerns the whole file
    unsigned column = 0;  ///< from 1
    std::string key;      ///< dotted: `poll.interval`; empty if the problem concerns the file
    std::string message;  ///< the problem, with the value
    std::string hint;     ///< the remedy: the nearest valid key, a command; may be empty
};
/// Returns `FILE:LINE:COLUMN: KEY: MESSAGE`, and the hint, if any, on its own line.
[[nodiscard]] std::string format(const Problem& problem);

/// The valid settings and all problems of one file or of a directory.
struct Loaded {
    std::vector<Settings> apps;  ///< sorted by name; only apps without a problem
    std::vector<Problem> problems;
    bool without_files = false;    ///< no settings file exists: the only problem says so
    std::vector<fs::path> unread;  ///< files, or the directory itself, that could not be read
    /// The account's settings; its defaults without a file. Empty if the file has a problem.
    std::optional<AccountSettings> account = AccountSettings{};
    /// Valid settings with a problem on this host, such as a missing key. Their apps are not
    /// deployed, but an operator can still pause them and roll them back.
    std::vector<Settings> with_problems = {};
};

/// The name of the account's settings file, in the directory of the apps' files. It is no app.
inline constexpr std::string_view account_file = "inhaul.toml";
/// Returns true for `NAME.toml`, but not for the account's file or a hidden file. Hidden files are
/// temporary files of an editor.
[[nodiscard]] bool is_app_file(const fs::path& path);

/// Parses the settings of one app. `file` gives the app's name and the file name in messages. Reads
/// no other files: inspect() checks the files and directories that the settings name.
[[nodiscard]] Loaded parse(std::string_view toml, const fs::path& file);

/// The settings of an account, or the problems of its file.
struct LoadedAccount {
    std::optional<AccountSettings> settings;
    std::vector<Problem> problems;
};
/// Parses the account's settings like parse().
[[nodiscard]] LoadedAccount parse_account(std::string_view toml, const fs::path& file);
[[nodiscard]] std::vector<Problem> inspect(const AccountSettings& settings, std::string_view toml);
/// Returns the effective settings as TOML with every default. The keys have no empty line above.
[[nodiscard]] std::string to_toml(const AccountSettings& settings);

/// Returns the problems of valid settings on this host:
/// * a key or token file that is missing or readable for others;
/// * a CA file without a certificate;
/// * a directory whose parent is missing.
[[nodiscard]] std::vector<Problem> inspect(const Settings& settings, std::string_view toml);

/// Parses and inspects every `*.toml` of the directory. A directory that is unreadable or contains
/// no settings of an app is a problem. Two apps with the same directory are a problem.
[[nodiscard]] Loaded load(const fs::path& directory);
/// The same as load(), for a running agent. An app keeps its settings while its file cannot be
/// read. An app whose file is missing or wrong is dropped. A missing directory contains no files.
[[nodiscard]] Loaded reload(const fs::path& directory, const std::vector<Settings>& before);

/// Returns the URL that git fetches for a submodule's URL, which may have every form of
/// `repository`.
[[nodiscard]] Result<std::string> git_url_of(std::string_view text, const Settings& settings);

/// Returns the full name of a unit. As in systemctl, a name without the suffix of a unit type is a
/// service: `my.app` is `my.app.service`.
[[nodiscard]] std::string unit_name(std::string_view text);

/// Returns the account's `.ssh/config` if it defines the host of an ssh repository as an alias
/// (HostName). inhaul reads that file only if `auth.ssh_config` names it.
[[nodiscard]] std::optional<fs::path> ssh_config_for(std::string_view repository,
                                                     const fs::path& home);

/// The directories of the settings and of the state.
struct Places {
    fs::path settings;  ///< /etc/inhaul/ACCOUNT, ~/.config/inhaul, or --config
    fs::path state;     ///< /var/lib/inhaul/ACCOUNT, ~/.local/state/inhaul, or --state

    /// The files that `init` creates beside the settings of an app.
    [[nodiscard]] fs::path key_of(const std::string& app) const {
        return settings / (app + ".key");
    }
    [[nodiscard]] fs::path webhook_secret_of(const std::string& app) const {
        return settings / (app + ".webhook-secret");
    }
};
/// Returns the directory of the settings. The first of these applies:
/// * `--config`;
/// * /etc/inhaul/ACCOUNT, if it exists or if the unit of that account runs this process;
/// * the XDG directory of the account.
///
/// Returns also the directory of the state. The first of these applies:
/// * `--state`;
/// * $STATE_DIRECTORY, which systemd sets;
/// * /var/lib/inhaul/X, for settings in /etc/inhaul/X;
/// * the XDG directory of the account.
///
/// Fails with ErrorCode::usage.
[[nodiscard]] Result<Places> places(const std::optional<fs::path>& config_option,
                                    const std::optional<fs::path>& state_option);
/// The directories that have one directory for each account whose apps root manages.
inline constexpr const char* system_settings = "/etc/inhaul";
inline constexpr const char* system_states = "/var/lib/inhaul";
inline constexpr const char* system_caches = "/var/cache/inhaul";  ///< CacheDirectory= of the units
[[nodiscard]] Places system_places(std::string_view account);
/// Returns the directories of an account without variables of XDG.
[[nodiscard]] Places places_in(const fs::path& home);
/// Returns true for /etc/inhaul/ACCOUNT and /var/lib/inhaul/ACCOUNT.
[[nodiscard]] bool is_system_place(const fs::path& directory);

/// Returns the effective settings as TOML with every default, as `inhaul check` prints them.
/// parse() returns the same settings for this text.
[[nodiscard]] std::string to_toml(const Settings& settings);

/// Returns the dotted keys of to_toml() and their TOML values, without the comments.
[[nodiscard]] std::map<std::string, std::string> effective_keys(const Settings& settings);

/// Returns a TOML basic string with its quotes.
[[nodiscard]] std::string toml_string(std::string_view text);
/// Returns a TOML array of basic strings, on one line.
[[nodiscard]] std::string toml_array(const std::vector<std::string>& words);

}  // namespace inhaul::config
