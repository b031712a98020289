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
struct RestartCommand {
    std::vector<std::string> argv;
};
struct NothingToRestart {};
using ServiceSettings = std::variant<NothingToRestart, SystemdUnit, RestartCommand>;

/// A channel on which a relay passes webhooks on.
struct RelaySettings {
    std::string url;  ///< whoever knows it may listen and send: it is not logged
    /// What the webhook is signed with; during a rotation two. Without one every event is only a
    /// hint that is not believed.
    std::vector<std::filesystem::path> secret_files;
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
    Milliseconds restart_deadline{90'000};
    Milliseconds settle{2'000};  ///< how long the unit is watched after its restart

    /// Changes whenever anything above does: a new mark is a reason to ask again at once.
    std::string mark;
};

}  // namespace inhaul
