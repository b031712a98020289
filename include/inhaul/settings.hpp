// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <inhaul/model.hpp>
#include <inhaul/notifications.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/systemctl.hpp>

namespace inhaul {

/// A repository on github.com or an Enterprise server, for REST.
struct GitHubRepository {
    std::string api;  ///< base URL without a final slash: https://api.github.com
    std::string owner;
    std::string name;
    std::string web = {};  ///< base URL of the pages: https://github.com
    [[nodiscard]] std::string slug() const { return owner + "/" + name; }
    bool operator==(const GitHubRepository&) const = default;
};

/// How the head of the branch is polled.
enum class HeadSource {
    github_api,  ///< one conditional REST request
    git,         ///< the git protocol
};

struct SystemdUnit {
    using Scope = UnitScope;
    std::string unit;  ///< with its suffix: myapp.service
    Scope scope = Scope::system;
};
/// The units that a deployment restarts, in this order.
struct SystemdUnits {
    std::vector<std::string> names;  ///< with their suffixes; at least one
    SystemdUnit::Scope scope = SystemdUnit::Scope::system;
    bool start = false;  ///< start also units that an operator stopped and disabled
    /// If set, inhaul writes a file in this directory, named after the unit. A path unit of root
    /// then restarts the unit. If not set, inhaul requests the restart over D-Bus. Only for scope
    /// system.
    std::optional<std::filesystem::path> trigger = {};
};
struct RestartCommand {
    std::vector<std::string> argv;
};
struct NothingToRestart {};
using ServiceSettings = std::variant<NothingToRestart, SystemdUnits, RestartCommand>;

/// The channel of a webhook relay.
struct RelaySettings {
    std::string url;  ///< anyone who knows it can read and send events: it is not logged
    /// The files with the webhook's secret; two during a rotation. Without a secret, an event only
    /// triggers a poll.
    std::vector<std::filesystem::path> secret_files;
};
/// Returns the URL at which gosmee streams the events of a channel. smee uses the channel's URL.
[[nodiscard]] std::string gosmee_stream(const std::string& channel);
/// Returns the URL to which GitHub must send the webhook. gosmee accepts none at its stream.
[[nodiscard]] std::string webhook_address(const std::string& channel);

/// Programs and their arguments, run one after the other.
using Commands = std::vector<std::vector<std::string>>;

struct HookSettings {
    Commands build;
    Commands activate;
    Commands after;
    Milliseconds deadline{10 * 60'000};  ///< of each command
    /// Variables for the commands.
    std::vector<std::pair<std::string, std::string>> environment;
    /// A private file with more variables, which override the others: see environment::read().
    std::optional<std::filesystem::path> environment_file;
};

/// The check after a restart that the app runs the commit. In all texts, `{commit}` is replaced by
/// the full commit ID, `{short}` by its first seven digits.
struct ProbeSettings {
    std::optional<std::string> url;
    int status = 200;
    std::optional<std::string> body;    ///< the answer's body must contain this
    std::optional<std::string> header;  ///< `Name: value`; the answer must have it
    std::vector<std::string> command;   ///< in place of a URL: must exit with 0
    Milliseconds interval{1'000};       ///< between two attempts
    Milliseconds deadline{30'000};      ///< for all attempts
    unsigned successes = 1;             ///< good answers in a row
};

inline constexpr int minutes_a_day = 24 * 60;
/// A time window on some days of the week, in minutes of a day. `to` may be on the next day.
struct TimeWindow {
    unsigned days = 0;  ///< bit 0 is Sunday
    int from = 0;
    int to = 0;
    bool operator==(const TimeWindow&) const = default;
};

/// The layout `releases`: see git::releases().
struct ReleaseSettings {
    unsigned keep = 5;
    std::vector<std::filesystem::path> shared;  ///< relative; a directory ends with a slash
};

/// The gates: conditions that a commit must meet before it is deployed.
struct Requirements {
    bool fast_forward = false;
    std::optional<std::filesystem::path> allowed_signers;  ///< in the format of ssh-keygen(1)
    std::optional<std::filesystem::path> revoked_signers;  ///< in the format of ssh-keygen(1)
    std::optional<std::filesystem::path> gpg_keys;         ///< exported keys
    bool checks = false;                                   ///< CI must be green
    std::vector<std::string> checked;                      ///< these checks; empty: all checks
    Milliseconds checks_deadline{60 * 60'000};
    /// With all checks: how long to wait for a check that reported on the live commit.
    Milliseconds checks_settle{60'000};
    std::vector<std::string> paths;  ///< a commit must change a file in these
    std::vector<TimeWindow> windows;
    std::string zone;                          ///< of the windows; empty: the host's
    std::string skip_marker{"[skip deploy]"};  ///< in a message; empty: disabled
    bool lfs_content = true;                   ///< refuse files that are Git LFS pointers
    Milliseconds minimum_age{0};               ///< since this host first saw the commit
};

/// What is reported to GitHub about the app's deployments: `[report]`.
struct GitHubReport {
    enum class As { deployments, statuses };
    As as = As::deployments;
    std::string environment;                          ///< empty: production/HOST
    std::string environment_url;                      ///< may be empty
    std::optional<std::filesystem::path> token_file;  ///< of its own; else the app's token file
};

/// The validated settings of one app: every path is absolute. Never changed after loading.
struct Settings {
    AppName app;
    std::filesystem::path file;  ///< the settings file
    bool of_system = false;      ///< the file is below /etc/inhaul: root changes it with `init`

    std::string repository;                  ///< as in the file
    std::string git_url;                     ///< git fetches from it; never contains a credential
    std::optional<GitHubRepository> github;  ///< if the repository is on GitHub
    HeadSource head_source = HeadSource::git;
    BranchName branch;
    std::filesystem::path directory;
    std::optional<std::filesystem::path> stamp;  ///< relative to the directory, inside it
    bool submodules = true;                      ///< fetch and check out submodules

    std::optional<std::filesystem::path> ssh_key;
    std::optional<std::filesystem::path> passphrase_file;  ///< of the key
    std::optional<std::filesystem::path> ssh_config;       ///< without it, ssh reads none
    std::optional<std::filesystem::path> known_hosts;      ///< besides the built-in GitHub keys
    std::optional<std::filesystem::path> token_file;
    std::optional<std::filesystem::path> ca_file;

    std::optional<RelaySettings> relay;
    Milliseconds poll_interval{60'000};
    Milliseconds poll_interval_with_relay{5 * 60'000};  ///< while the relay is connected
    Milliseconds poll_spread{0};  ///< the longest wait between an event of a relay and its poll
    bool keep_connection = true;  ///< polls over ssh use one session that stays open
    Milliseconds deploy_deadline{15 * 60'000};

    ServiceSettings service = NothingToRestart{};
    /// For a unit, its own timeouts apply if they are longer: see service::restart_bound().
    Milliseconds restart_deadline{90'000};
    Milliseconds settle{2'000};  ///< how long the units are watched after their restart

    std::optional<ReleaseSettings> releases;  ///< empty: in place
    HookSettings hooks;
    std::optional<ProbeSettings> probe;
    Requirements require;
    std::vector<NotifyTarget> targets;  ///< of this app alone
    std::optional<GitHubReport> github_report;

    /// Changes with every effective setting. A new hash triggers a poll.
    std::string hash;
};

}  // namespace inhaul
