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

/// What an app needs on the disk of its host, and how that comes there whole or not at all.
namespace inhaul::setup {

/// Who deploys the app, and where what inhaul knows of it is.
struct InstallTarget {
    account::Account account;
    config::Places places;
    bool personal = false;  ///< the account's own files and manager, nothing of root's
    bool timer = false;     ///< a timer starts `inhaul once`, in place of an agent
    /// Below which root's configuration is; another for tests.
    std::filesystem::path etc{"/etc"};
};

/// One thing that is to be there.
struct Artifact {
    enum class Kind {
        directory,
        text,    ///< a file with `content`
        key,     ///< a new pair of keys, unless there is one: this file, and it with `.pub`
        secret,  ///< a new secret, unless there is one
    };
    Kind kind = Kind::text;
    std::string what;  ///< for people: "deploy key"
    std::filesystem::path path;
    std::string content = {};
    unsigned mode = 0;
    std::optional<file::Owner> owner = {};  ///< nothing: whoever makes it
    std::vector<std::string> older = {};    ///< what older versions wrote there: replaced untold
};

/// All of them, in the order in which they are made: the settings, which bring an app to life,
/// last. `text` is what its settings file is to hold. Keys and secrets are made only where no
/// person has put them: in the settings directory.
[[nodiscard]] std::vector<Artifact> artifacts_of(const Settings& settings, std::string_view text,
                                                 const InstallTarget& target);

/// How a piece compares with what is on the disk.
enum class Present { no, as_wanted, otherwise };
[[nodiscard]] Result<Present> look_for(const Artifact& artifact);

/// Whether nobody but root can change the directory, what it is in, and the links that lead there;
/// of one that is not there yet, the nearest that is.
[[nodiscard]] bool is_roots_alone(const std::filesystem::path& directory);

/// Removes what a run that was killed while it made this left beside it.
void sweep_beside(const Artifact& artifact);

/// A drop-in for the agent's unit that lets it write to the directory.
[[nodiscard]] std::string writable_drop_in(const std::filesystem::path& directory);

/// Makes pieces, and unless keep() is called takes all of it back at its end: what it made is
/// removed, what it replaced is put back.
class Installation {
public:
    explicit Installation(const InstallTarget& target);
    ~Installation();
    Installation(const Installation&) = delete;
    Installation& operator=(const Installation&) = delete;

    /// Makes a piece that was not there as wanted when that was `planned`; refused when that is not
    /// so any more. A file that is otherwise is kept beside it, as `PATH~`.
    [[nodiscard]] Result<void> put(const Artifact& artifact, Present planned = Present::no);
    void keep() { done_.clear(); }

private:
    struct Step {
        enum class Sort {
            made,
            replaced,  ///< there is a PATH~ that was there before
            directory,
            accounts_directory,  ///< made with the account's rights, and to be removed with them
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
    unsigned umask_before_;  ///< a strict one would make directories that the account cannot enter
    std::vector<Step> done_;
};

}  // namespace inhaul::setup
