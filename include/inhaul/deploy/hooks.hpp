// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <inhaul/ledger/ledger.hpp>
#include <inhaul/settings.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/result.hpp>

/// The app's own commands that a deployment runs.
namespace inhaul::deploy {

enum class Hook {
    build,     ///< creates the files that the commit needs to run; a failure rolls back
    activate,  ///< runs directly before the restart; a failure rolls back
    after,     ///< runs after each recorded outcome; a failure is only reported
};
[[nodiscard]] std::string_view to_string(Hook hook);

/// Additional variables, besides the variables that every command gets.
using HookEnvironment = process::Environment;

/// The port for hooks.
class Hooks {
public:
    virtual ~Hooks() = default;
    [[nodiscard]] virtual bool has(Hook hook) const = 0;
    /// Runs the hook's commands in the directory, one after the other. Appends the output of each
    /// to `outputs`. Fails with the error of the first failing command. The error has code `failed`
    /// and is not transient only if the commit is to blame. A missing program, a kill, full memory
    /// or a full disk is the host's fault.
    [[nodiscard]] virtual Result<void> run(Hook hook, const std::filesystem::path& directory,
                                           const HookEnvironment& environment,
                                           std::vector<ledger::Output>& outputs) = 0;
};

/// Returns hooks that run processes: argv without a shell, each with a process group and a
/// deadline. Of inhaul's variables, they inherit only `passed_on` in
/// src/deploy/hook_environment.cpp and variables with environment::hook_prefix. The values of the
/// settings' environment file are removed from the output.
[[nodiscard]] std::unique_ptr<Hooks> hook_processes(const Settings& settings);

}  // namespace inhaul::deploy
