#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <inhaul/model.hpp>
#include <inhaul/util/clock.hpp>

namespace inhaul {

/// A repository on GitHub (github.com or an Enterprise server), as REST names it.
struct GitHubRepository {
    std::string api;  ///< base URL without a final slash: https://api.github.com
    std::string owner;
    std::string name;
    [[nodiscard]] std::string slug() const { return owner + "/" + name; }
    bool operator==(const GitHubRepository&) const = default;
};

/// How the head of the branch is learnt.
enum class HeadSource {
    github_api,  ///< one conditional REST request
    git,         ///< the git protocol, in a short-lived child
};

struct SystemdUnit {
    enum class Scope { system, user };
    std::string unit;  ///< with its suffix: myapp.service
    Scope scope = Scope::system;
};
/// What a deployment restarts, one unit after the other, in this order.
struct SystemdUnits {
    std::vector<std::string> names;  ///< with their suffixes; at least one
    SystemdUnit::Scope scope = SystemdUnit::Scope::system;
    bool start = false;  ///< also those that a person has stopped and disabled
};
struct RestartCommand {
    std::vector<std::string> argv;
};
struct NothingToRestart {};
using ServiceSettings = std::variant<NothingToRestart, SystemdUnits, RestartCommand>;

/// A channel on which a relay passes webhooks on.
struct RelaySettings {
    std::string url;  ///< whoever knows it may listen and send: it is not logged
    /// What the webhook is signed with; during a rotation two. Without one every event is only a
    /// hint that is not believed.
    std::vector<std::filesystem::path> secret_files;
};
/// Where gosmee streams the events of a channel: its page is where smee streams them.
[[nodiscard]] std::string gosmee_stream(const std::string& channel);
/// Where a webhook is sent to, so that it is heard on the channel; gosmee takes none at its stream.
[[nodiscard]] std::string webhook_address(const std::string& channel);

/// Programs and their arguments, run one after the other.
using Commands = std::vector<std::vector<std::string>>;

struct HookSettings {
    Commands build;
    Commands activate;
    Commands after;
    Milliseconds deadline{10 * 60'000};  ///< of each command
};

/// How the app is asked whether it really runs the commit. In all texts `{commit}` stands for its
/// full name, `{short}` for its first seven digits.
struct ProbeSettings {
    std::optional<std::string> url;
    int status = 200;
    std::optional<std::string> body;    ///< the answer's body must contain this
    std::optional<std::string> header;  ///< `Name: value`; the answer must have it
    std::vector<std::string> command;   ///< in place of a URL: must end with 0
    Milliseconds interval{1'000};       ///< between two questions
    Milliseconds deadline{30'000};      ///< for all of them
    unsigned successes = 1;             ///< good answers in a row
};

/// A time of the week, in minutes; `to` may be past the end of its day.
struct TimeWindow {
    unsigned days = 0;  ///< bit 0 is Sunday
    int from = 0;
    int to = 0;
    bool operator==(const TimeWindow&) const = default;
};

/// A directory of releases in place of a checkout: see git::releases().
struct ReleaseSettings {
    unsigned keep = 5;
    std::vector<std::filesystem::path> shared;  ///< relative; a final slash says directory
};

/// What a commit must be or have before it is deployed.
struct Requirements {
    bool fast_forward = false;
    std::optional<std::filesystem::path> allowed_signers;  ///< as ssh-keygen(1) reads them
    std::optional<std::filesystem::path> revoked_signers;  ///< likewise
    std::optional<std::filesystem::path> gpg_keys;         ///< exported keys
    bool checks = false;                                   ///< what CI says counts
    std::vector<std::string> checked;  ///< these checks; none: all that there are
    Milliseconds checks_deadline{60 * 60'000};
    /// With all of them: how long one that reported on the live commit is waited for.
    Milliseconds checks_settle{60'000};
    std::vector<std::string> paths;  ///< something below one of them has changed
    std::vector<TimeWindow> windows;
    std::string zone;                          ///< of the windows; empty: the host's
    std::string skip_marker{"[skip deploy]"};  ///< in a message; empty: none
    bool lfs_content = true;                   ///< no file that Git LFS left a pointer for
    Milliseconds minimum_age{0};               ///< since this host has first seen it
};

/// One app, validated: every path absolute, every name well-formed. Never changed after loading.
struct Settings {
    AppName app;
    std::filesystem::path file;  ///< where it was read from

    std::string repository;                  ///< as it was written
    std::string git_url;                     ///< what git fetches from; never holds a credential
    std::optional<GitHubRepository> github;  ///< when the repository is on GitHub
    HeadSource head_source = HeadSource::git;
    BranchName branch;
    std::filesystem::path directory;
    std::optional<std::filesystem::path> stamp;  ///< relative to the directory, inside it
    bool submodules = true;                      ///< they are fetched and checked out

    std::optional<std::filesystem::path> ssh_key;
    std::optional<std::filesystem::path> passphrase_file;  ///< of the key
    std::optional<std::filesystem::path> ssh_config;       ///< instead of none at all
    std::optional<std::filesystem::path>
        known_hosts;  ///< besides GitHub's keys, which are built in
    std::optional<std::filesystem::path> token_file;
    std::optional<std::filesystem::path> ca_file;

    std::optional<RelaySettings> relay;
    Milliseconds poll_interval{60'000};
    Milliseconds poll_interval_with_relay{5 * 60'000};  ///< while the relay is heard
    Milliseconds deploy_deadline{15 * 60'000};

    ServiceSettings service = NothingToRestart{};
    /// For a unit at least as long as the unit's own timeouts allow: see service::restart_bound().
    Milliseconds restart_deadline{90'000};
    Milliseconds settle{2'000};  ///< how long the units are watched after their restart

    std::optional<ReleaseSettings> releases;  ///< nothing: in place
    HookSettings hooks;
    std::optional<ProbeSettings> probe;
    Requirements require;

    /// Changes whenever anything above does: a new mark is a reason to ask again at once.
    std::string hash;
};

}  // namespace inhaul
