// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/config/config.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/result.hpp>

/// The files that an app needs on its host, and their installation: all of them or none.
namespace inhaul::setup {

/// The account that deploys the app, and the directories of its settings and state.
struct InstallTarget {
    account::Account account;
    config::Places places;
    bool personal = false;  ///< the account's own files and user manager, without root
    bool timer = false;     ///< a timer starts `inhaul once`, in place of an agent
    /// The directory of the system's configuration; tests use another directory.
    std::filesystem::path etc{"/etc"};
};

/// A file or directory to install.
struct Artifact {
    enum class Kind {
        directory,
        text,    ///< a file with `content`
        key,     ///< a new key pair, unless it exists: this file, and the file with `.pub`
        secret,  ///< a new secret, unless it exists
    };
    Kind kind = Kind::text;
    std::string what;  ///< as printed: "deploy key"
    std::filesystem::path path;
    std::string content = {};
    unsigned mode = 0;
    std::optional<file::Owner> owner = {};  ///< nothing: the account that creates it
    std::vector<std::string> older = {};    ///< contents that older versions wrote
};

/// Returns the artifacts in the order of their installation. The settings are last, because they
/// activate the app. `text` is the content of the settings file. Keys and secrets are generated in
/// the settings directory only: an operator manages keys and secrets elsewhere.
[[nodiscard]] std::vector<Artifact> artifacts_of(const Settings& settings, std::string_view text,
                                                 const InstallTarget& target);

/// Returns the file with the polkit rule that lets the account restart the app's units.
[[nodiscard]] std::filesystem::path restart_rule(std::string_view app, const InstallTarget& target);

/// Returns the name, without suffix, of root's path unit and service that restart the app's unit of
/// this index.
[[nodiscard]] std::string trigger_name(std::string_view app, std::string_view account,
                                       std::size_t index);

/// Returns the existing files of these units for all units of the app, a path unit before its
/// service.
[[nodiscard]] std::vector<std::filesystem::path> trigger_units_of(std::string_view app,
                                                                  const InstallTarget& target);

/// How an artifact compares with the disk.
enum class DiskState { no, current, differs };
[[nodiscard]] Result<DiskState> disk_state_of(const Artifact& artifact);

/// Fails with ErrorCode::refused unless only root can change the directory, its parents, and the
/// links on its path. For a missing directory, the nearest existing parent counts.
[[nodiscard]] Result<void> check_only_root_can_change(const std::filesystem::path& directory);

/// Removes temporary files that a killed run left beside the artifact.
void sweep_beside(const Artifact& artifact);

/// Returns a drop-in for the agent's unit that permits it to write to the directory.
[[nodiscard]] std::string writable_drop_in(const std::filesystem::path& directory);

/// Installs artifacts. Unless keep() is called, the destructor undoes the installation: it removes
/// created files, and restores replaced ones.
class Installation {
public:
    explicit Installation(const InstallTarget& target);
    ~Installation();
    Installation(const Installation&) = delete;
    Installation& operator=(const Installation&) = delete;

    /// Installs an artifact. Fails with `refused` if its state is no longer the `planned` one.
    /// Keeps a replaced file as `PATH~`.
    [[nodiscard]] Result<void> put(const Artifact& artifact, DiskState planned = DiskState::no);
    void keep() { done_.clear(); }

private:
    struct Step {
        enum class Sort {
            made,
            replaced,  ///< the old file is now PATH~
            directory,
            accounts_directory,  ///< created and removed with the account's permissions
        };
        std::filesystem::path path;
        Sort sort;
    };
    [[nodiscard]] Result<void> make_directory(const Artifact& artifact);
    [[nodiscard]] Result<void> make_parents(const std::filesystem::path& path, unsigned mode,
                                            Step::Sort sort);
    [[nodiscard]] Result<void> write(const std::filesystem::path& path, std::string_view content,
                                     unsigned mode, const std::optional<file::Owner>& owner);
    [[nodiscard]] Result<void> make_key(const Artifact& artifact);

    const InstallTarget& target_;
    unsigned umask_before_;  ///< replaced: a strict one would exclude the account
    std::vector<Step> done_;
};

}  // namespace inhaul::setup
