#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/settings.hpp>
#include <inhaul/util/result.hpp>

/// Files into settings.
namespace inhaul::config {

namespace fs = std::filesystem;

/// A file of settings has no more bytes than this.
constexpr std::size_t largest_file = 256 * 1024;

/// One thing that is wrong with a file, in the words for the person who mends it.
struct Problem {
    fs::path file;
    unsigned line = 0;    ///< from 1; 0 when it is about the file as a whole
    unsigned column = 0;  ///< from 1
    std::string key;      ///< dotted: `poll.interval`; empty when about the file
    std::string message;  ///< what is wrong, with the value
    std::string hint;     ///< what to do: the nearest valid key, a command; or empty
};
/// `FILE:LINE:COLUMN: KEY: MESSAGE` and, when there is one, the hint on a line of its own.
[[nodiscard]] std::string format(const Problem& problem);

/// The outcome of reading one file or a directory of them: what is valid, and all that is wrong.
struct Loaded {
    std::vector<Settings> apps;  ///< in the order of their names; only those without a problem
    std::vector<Problem> problems;
    bool without_files = false;    ///< there is no file of settings at all: the one problem says so
    std::vector<fs::path> unread;  ///< files, or the directory itself, that could not be read
};

/// Reads the settings of one app from TOML. `file` gives the app's name and the place in messages.
/// Nothing outside the text is looked at: for files and directories that it names see inspect().
[[nodiscard]] Loaded parse(std::string_view toml, const fs::path& file);

/// What is wrong around valid settings on this host now: a key or token file that is missing or
/// that others can read, a CA file that is none, a directory whose parent is missing.
[[nodiscard]] std::vector<Problem> inspect(const Settings& settings, std::string_view toml);

/// Reads every `*.toml` of the directory, parse() and inspect(). A directory that cannot be read,
/// or holds none, is a problem. Two apps with the same directory are a problem.
[[nodiscard]] Loaded load(const fs::path& directory);
/// The same for an agent that has apps already. An app whose settings cannot be read now keeps
/// those that it had; one whose file is gone, or is wrong, is dropped. A directory that is missing
/// has no files.
[[nodiscard]] Loaded reload(const fs::path& directory, const std::vector<Settings>& before);

/// What git is to fetch for something that is written as `repository` may be, in the place of which
/// it stands in a .gitmodules.
[[nodiscard]] Result<std::string> git_url_of(std::string_view text, const Settings& settings);

/// The account's `.ssh/config`, when the host of a repository over ssh is only an alias that it
/// gives another name to (HostName). It is not read unless `auth.ssh_config` names it.
[[nodiscard]] std::optional<fs::path> ssh_config_for(std::string_view repository,
                                                     const fs::path& home);

/// Where settings and state are.
struct Places {
    fs::path settings;  ///< /etc/inhaul/ACCOUNT, ~/.config/inhaul, or as asked for
    fs::path state;     ///< /var/lib/inhaul/ACCOUNT, ~/.local/state/inhaul, or as asked for
};
/// `--config` and `--state` win; then /etc/inhaul/<account> when it exists, or the unit of that
/// account runs this; then the XDG places of the person. $STATE_DIRECTORY, which systemd sets, wins
/// over all but `--state`. Settings in /etc/inhaul/X have their state in /var/lib/inhaul/X.
[[nodiscard]] Result<Places> places(const std::optional<fs::path>& config_option,
                                    const std::optional<fs::path>& state_option);

/// The effective settings as TOML with every default written out, as `inhaul check` prints them.
/// parse() reads it back as the same.
[[nodiscard]] std::string to_toml(const Settings& settings);

/// The same, without what is written for people: dotted keys and their values in TOML.
[[nodiscard]] std::map<std::string, std::string> effective_keys(const Settings& settings);

/// A basic string of TOML, quotes included.
[[nodiscard]] std::string toml_string(std::string_view text);
/// An array of such strings, on one line.
[[nodiscard]] std::string toml_array(const std::vector<std::string>& words);

}  // namespace inhaul::config
