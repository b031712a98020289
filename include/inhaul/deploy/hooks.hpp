#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <inhaul/ledger/ledger.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/result.hpp>

/// Commands of the app's own that a deployment runs.
namespace inhaul::deploy {

enum class Hook {
    build,     ///< makes what the commit needs to run; a failure rolls back
    activate,  ///< the last thing before the restart; likewise
    after,     ///< when all is proven, or rolled back; a failure is only told
};
[[nodiscard]] std::string_view to_string(Hook hook);

/// Names and values, beside those that every command gets.
using HookEnvironment = process::Environment;

/// The port that deploy speaks to.
class Hooks {
public:
    virtual ~Hooks() = default;
    [[nodiscard]] virtual bool has(Hook hook) const = 0;
    /// Runs the hook's commands in the directory, one after the other, up to the first that fails:
    /// that is the error. It has code failed and is not transient only where the commit is to
    /// blame: not for a program that is missing on this host, a kill, or memory or a disk that is
    /// full. What each one printed is appended to `outputs`.
    [[nodiscard]] virtual Result<void> run(Hook hook, const std::filesystem::path& directory,
                                           const HookEnvironment& environment,
                                           std::vector<ledger::Output>& outputs) = 0;
};

/// Processes: argv and no shell, a process group and a deadline each, and an
/// environment of PATH, HOME, USER, LOGNAME, SHELL, LANG, LC_*, TZ, XDG_RUNTIME_DIR and proxies as
/// inhaul has them, and nothing else of inhaul's.
[[nodiscard]] std::unique_ptr<Hooks> hook_processes(const Settings& settings);

}  // namespace inhaul::deploy
