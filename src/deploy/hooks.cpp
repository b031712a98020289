// SPDX-License-Identifier: Apache-2.0
#include <inhaul/deploy/hooks.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/blame.hpp>
#include <inhaul/util/environment.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/sandbox.hpp>
#include <inhaul/util/secret.hpp>
#include <inhaul/util/text.hpp>

#include "hook_environment.hpp"

namespace inhaul::deploy {
namespace {

/// How much of a command's output is stored in the ledger, and logged.
constexpr std::size_t bytes_kept = 16 * 1024;
constexpr std::size_t lines_logged = 200;
constexpr std::size_t words_shown = 200;
/// Shorter values of the private file are no secrets, and occur in any output.
constexpr std::size_t shortest_redacted = 8;

/// The error of a failed command, with the end of its output.
std::string failure(const std::string& intent, const std::string& outcome,
                    std::string_view output) {
    auto message = intent + ": " + outcome;
    if (const auto end = process::end_of(output); !end.empty()) message += ": " + end;
    return message;
}

class HookProcesses final : public Hooks {
public:
    explicit HookProcesses(const Settings& settings) : hooks_(settings.hooks), app_(settings.app) {}

    [[nodiscard]] bool has(Hook hook) const override { return !commands(hook).empty(); }

    [[nodiscard]] Result<void> run(Hook hook, const std::filesystem::path& directory,
                                   const HookEnvironment& environment,
                                   std::vector<ledger::Output>& outputs) override {
        if (!has(hook)) return {};
        // Read now: the file may have changed since the settings were.
        const auto own = TRY(own_variables());
        auto whole = hook_environment(environment, own.all);
        whole.emplace_back("INHAUL_HOOK", to_string(hook));
        for (const auto& argv : commands(hook))
            TRY(run_one(hook, argv, directory, whole, own.secrets, outputs));
        return {};
    }

private:
    [[nodiscard]] const Commands& commands(Hook hook) const {
        switch (hook) {
            case Hook::build:
                return hooks_.build;
            case Hook::activate:
                return hooks_.activate;
            case Hook::after:
                break;
        }
        return hooks_.after;
    }

    struct OwnVariables {
        HookEnvironment all;
        std::vector<Secret> secrets;  ///< values of the private file
    };

    [[nodiscard]] Result<OwnVariables> own_variables() const {
        OwnVariables own{hooks_.environment, {}};
        if (!hooks_.environment_file) return own;
        auto read = environment::read(*hooks_.environment_file);
        if (!read) {
            auto error = read.error().within("environment of the hooks");
            error.code = ErrorCode::configuration;  // never the commit's fault
            return fail(std::move(error));
        }
        for (const auto& variable : *read) {
            own.all.push_back(variable);
            if (variable.second.size() >= shortest_redacted)
                own.secrets.emplace_back(variable.second);
        }
        return own;
    }

    [[nodiscard]] Result<void> run_one(Hook hook, const std::vector<std::string>& argv,
                                       const std::filesystem::path& directory,
                                       const HookEnvironment& environment,
                                       const std::vector<Secret>& secrets,
                                       std::vector<ledger::Output>& outputs) const {
        process::Command command{.argv = argv, .directory = directory};
        command.environment = environment;
        command.clean_environment = true;
        command.unbounded = true;
        command.capture_output = true;

        ledger::Output output{std::string{to_string(hook)},
                              printable(shell_command(argv), words_shown),
                              std::string{ledger::Output::done},
                              {}};
        const auto intent = fmt::format("hook {}: {}", output.hook, output.command);
        const process::Blame blame{argv, directory};
        auto ran = process::run(command, hooks_.deadline, &output.text);
        if (!ran) {
            output.outcome = printable(ran.error().message, words_shown);
        } else if (!ran->success()) {
            output.outcome = process::describe(*ran);
        }
        for (const auto& secret : secrets)
            output.text = redact(std::move(output.text), secret);
        if (output.text.size() > bytes_kept) output.text.erase(0, output.text.size() - bytes_kept);
        tell(output);
        outputs.push_back(output);
        if (ran && ran->success()) return {};
        auto message = failure(intent, output.outcome, output.text);
        if (ran) {
            auto ended = blame.of_end(*ran, std::move(message), output.text);
            if (ended.hint.empty()) ended.hint = sandbox::hint(output.text, sandbox::unit());
            return fail(std::move(ended));
        }
        auto error = blame.of_start(std::move(ran.error()));
        error.message = std::move(message);
        return fail(std::move(error));
    }

    void tell(const ledger::Output& output) const {
        log::info(fmt::format("hook {}: {}", output.hook, output.outcome),
                  {{"app", app_.text()}, {"command", output.command}});
        auto lines = lines_of(trimmed(output.text));
        // The error of a build is at its end.
        if (lines.size() > lines_logged)
            lines.erase(lines.begin(), lines.end() - std::ptrdiff_t{lines_logged});
        for (const auto line : lines)
            log::info(printable(line), {{"app", app_.text()}, {"hook", output.hook}});
    }

    HookSettings hooks_;
    AppName app_;
};

}  // namespace

std::string_view to_string(Hook hook) {
    switch (hook) {
        case Hook::build:
            return "build";
        case Hook::activate:
            return "activate";
        case Hook::after:
            break;
    }
    return "after";
}

std::unique_ptr<Hooks> hook_processes(const Settings& settings) {
    return std::make_unique<HookProcesses>(settings);
}

}  // namespace inhaul::deploy
