// SPDX-License-Identifier: Apache-2.0
#include "context.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/config/own_units.hpp>
#include <inhaul/state_files.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>

#include <cli/accounts/app_accounts.hpp>
#include <cli/output/console.hpp>

namespace inhaul::cli {

namespace {

/// Adds the accounts that have apps, if this account has none.
void add_other_accounts(const GlobalOptions& global, config::Problem& problem) {
    std::error_code error;
    if (std::filesystem::exists(problem.file, error)) return;
    const auto advice = hint_to_other_accounts(global);
    if (advice.empty()) return;
    problem.message += fmt::format(": {} has no apps", printable(account::current_name()));
    problem.hint = advice;
}

}  // namespace

Result<Context> context(const GlobalOptions& global) {
    Context found;
    found.places = TRY(config::places(global.config, global.state));
    found.global = global;
    found.loaded = config::load(found.places.settings);
    if (!global.config && found.loaded.problems.size() == 1)
        add_other_accounts(global, found.loaded.problems.front());
    return found;
}

Result<void> check_has_apps(const GlobalOptions& global, const config::Places& places) {
    std::error_code ignored;
    if (global.config || global.state || std::filesystem::exists(places.settings, ignored))
        return {};
    const auto advice = hint_to_other_accounts(global);
    if (advice.empty()) return {};
    return fail(ErrorCode::configuration,
                fmt::format("{} has no apps", printable(account::current_name())), advice);
}

Result<Settings> Context::app(const std::string& written) const {
    const auto name = TRY(own_name(global, written));
    for (const auto& settings : loaded.apps)
        if (settings.app.text() == name) return settings;
    std::string wrong;
    for (const auto& problem : loaded.problems) {
        const bool of_directory = problem.file == places.settings && !loaded.without_files;
        if (of_directory || problem.file.stem() == name)
            wrong += (wrong.empty() ? "" : "\n") + format(problem);
    }
    if (!wrong.empty()) return fail(ErrorCode::configuration, wrong);

    std::vector<std::string_view> names;
    for (const auto& settings : loaded.apps)
        names.push_back(settings.app.text());
    const auto similar = nearest(name, names);
    const auto others = global.config ? std::string{} : hint_to_other_accounts(global, name);
    return fail(ErrorCode::usage,
                fmt::format("no app {} in {}", printable(name), places.settings.string()),
                !others.empty() ? others
                : similar       ? fmt::format("Did you mean {}?", *similar)
                                : list_apps());
}

Result<Settings> Context::app_despite_problems(const std::string& written) const {
    const auto name = TRY(own_name(global, written));
    for (const auto& settings : loaded.with_problems) {
        if (settings.app.text() != name) continue;
        for (const auto& problem : loaded.problems)
            if (problem.file == settings.file) print_error(format(problem));
        return settings;
    }
    return app(written);
}

Result<std::vector<Settings>> chosen(const Context& context,
                                     const std::vector<std::string>& names) {
    if (names.empty()) return context.loaded.apps;
    std::vector<Settings> apps;
    for (const auto& name : names)
        apps.push_back(TRY(context.app(name)));
    return apps;
}

ExitCode report(const Error& error) {
    print_error(error);
    return exit_code_for(error);
}

void print_problems(const std::vector<config::Problem>& problems) {
    for (const auto& problem : problems)
        print_error(format(problem));
}

std::string list_apps() {
    return "To list the apps, run: " + inhaul_command("status");
}

Error invalid_app_name(std::string_view name, const std::string& hint) {
    return {ErrorCode::usage, fmt::format("\"{}\" is not a valid app name", printable(name)), hint};
}

std::string command_with(const GlobalOptions& global, std::string_view option) {
    std::string text{::geteuid() == 0 ? "sudo inhaul" : inhaul_program()};
    // A process that root has started for an account has these options with their defaults.
    const auto usual = config::places({}, {});
    if (global.config && (!usual || usual->settings != *global.config))
        text += " --config=" + shell_word(global.config->string());
    if (global.state && (!usual || usual->state != *global.state))
        text += " --state=" + shell_word(global.state->string());
    if (option.empty()) return fmt::format("{} {}", text, shell_command(global.command));
    auto words = global.command;
    std::erase_if(words, [name = fmt::format("{}=", option.substr(0, option.find(' ')))](
                             const auto& word) { return word.starts_with(name); });
    return fmt::format("{} {} {}", text, shell_command(words), option);
}

bool timer_enabled(const config::Places& places) {
    std::filesystem::path user_config{file::environment("XDG_CONFIG_HOME").value_or("")};
    if (const auto self = account::current(); !user_config.is_absolute() && self)
        user_config = self->home / ".config";
    std::error_code ignored;
    return std::filesystem::is_symlink(
        config::OwnUnits::for_settings(places.settings).enabled_timer(user_config), ignored);
}

Result<void> make_state(const config::Places& places) {
    (void)TRY(guard::open_nearest(places.state, ::geteuid()));
    auto made = file::make_directories(state_files::locks(places.state), 0700);
    if (made || made.error().code != ErrorCode::permission) return made;
    made.error().hint = fmt::format("Run: sudo install -d -o {} -m 700 {}", account::current_name(),
                                    shell_word(places.state.string()));
    return made;
}

}  // namespace inhaul::cli
