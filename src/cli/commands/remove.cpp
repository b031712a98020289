// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/setup/agent_units.hpp>
#include <inhaul/setup/removal.hpp>
#include <inhaul/setup/restart_permission.hpp>
#include <inhaul/state_files.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

#include <cli/accounts/app_accounts.hpp>
#include <cli/context.hpp>
#include <cli/init/github_setup.hpp>
#include <cli/output/console.hpp>

namespace inhaul::cli {
namespace {

namespace fs = std::filesystem;

/// An app to remove.
struct Removal {
    setup::InstallTarget target;
    std::string app;
    std::optional<Settings> settings;  ///< nothing if the file is missing or invalid
    std::vector<Settings> others;      ///< of the same account
    bool last = false;                 ///< the account has no other settings file
    std::vector<setup::Artifact> artifacts = {};
};

/// For root: finds the account of the app. An account removes the apps in its home itself.
Result<setup::InstallTarget> target_of_account(const std::string& written, const std::string& app) {
    const auto account = written.substr(0, written.find('/'));
    const bool named = account != written;
    std::vector<const AppAccount*> owners;
    const auto all = app_accounts();
    for (const auto& app_account : all)
        if (named ? app_account.account.name == account : app_account.has(app))
            owners.push_back(&app_account);
    if (owners.empty())
        return fail(ErrorCode::usage, fmt::format("no account has an app {}", printable(written)),
                    list_apps());
    if (owners.size() > 1) {
        std::vector<std::string> commands;
        for (const auto* const owner : owners)
            commands.push_back(fmt::format("sudo inhaul remove {}/{}", owner->account.name, app));
        return fail(ErrorCode::usage, fmt::format("{} is an app of several accounts", app),
                    fmt::format("Run one of:\n  {}", fmt::join(commands, "\n  ")));
    }
    const auto& owner = *owners.front();
    if (!config::is_system_place(owner.places.settings))
        return fail(
            ErrorCode::refused,
            fmt::format("{1} set up {0} with --user: root does not remove it", app,
                        owner.account.name),
            fmt::format("Run: sudo -u {} inhaul remove --user {}", owner.account.name, app));
    return setup::InstallTarget{owner.account, owner.places};
}

Result<setup::InstallTarget> target_for(const GlobalOptions& global, const RemoveOptions& options,
                                        const std::string& app) {
    const bool root = ::geteuid() == 0;
    if (options.user && root)
        return fail(ErrorCode::usage, "--user is for your own account, but this is root",
                    "Omit --user, or run the command as your own account.");
    if (root && !global.config) return target_of_account(options.app, app);
    setup::InstallTarget target{TRY(account::current()),
                                TRY(config::places(global.config, global.state))};
    target.personal = options.user;
    const bool is_system_app = config::is_system_place(target.places.settings);
    if (!root && (!options.user || is_system_app))
        return fail(ErrorCode::permission,
                    fmt::format("remove {}: only root can remove an app that root set up", app),
                    is_system_app
                        ? fmt::format("Run: sudo inhaul remove {}/{}", target.account.name, app)
                        : fmt::format("Run: sudo inhaul remove {0}\nFor an app of your own "
                                      "account, run: inhaul remove --user {0}",
                                      app));
    return target;
}

/// Reads with the account's permissions: settings files may be links.
Result<void> read_settings(Removal& removal) {
    const auto acting = TRY(account::ActingAs::account(removal.target.account));
    removal.last = true;
    std::error_code error;
    for (fs::directory_iterator entry{removal.target.places.settings, error}, end;
         !error && entry != end; entry.increment(error)) {
        const auto& path = entry->path();
        if (!config::is_app_file(path) || !AppName::parse(path.stem().string())) continue;
        const bool own = path.stem() == removal.app;
        removal.last = removal.last && own;
        const auto text = file::read(path, config::largest_file);
        if (!text) continue;
        for (auto& settings : config::parse(*text, path).apps)
            if (own)
                removal.settings = std::move(settings);
            else
                removal.others.push_back(std::move(settings));
    }
    const auto lock =
        state_files::app_lock(removal.target.places.state, *AppName::parse(removal.app));
    if (const auto holder = file::Lock::holder(lock))
        return fail(
            ErrorCode::locked,
            fmt::format("remove {0}: a deployment of {0} is running ({1})", removal.app,
                        printable(*holder)),
            fmt::format("When the deployment has ended, run: {} {}{}",
                        removal.target.personal ? "inhaul remove --user" : "sudo inhaul remove",
                        removal.target.personal ? "" : removal.target.account.name + "/",
                        removal.app));
    return {};
}

Result<Removal> removal_of(const GlobalOptions& global, const RemoveOptions& options) {
    const auto app = options.app.substr(options.app.find('/') + 1);  // npos + 1 is 0
    if (!AppName::parse(app)) return fail(invalid_app_name(options.app));
    Removal removal{TRY(target_for(global, options, app)), app, {}, {}};
    TRY(read_settings(removal));
    const auto* const settings = removal.settings ? &*removal.settings : nullptr;
    removal.artifacts = setup::remains_of(app, settings, removal.others, removal.target);
    if (removal.artifacts.empty())
        return fail(ErrorCode::usage,
                    fmt::format("no app {} in {}", app, removal.target.places.settings.string()),
                    list_apps());
    if (!removal.target.personal)
        TRY_WITHIN("remove " + app,
                   setup::check_only_root_can_change(removal.target.places.settings));
    return removal;
}

void show(const Removal& removal) {
    const auto line = [](const std::string& what, const fs::path& path) {
        print(fmt::format("  {:<38}{}\n", what, printable(path.string())));
    };
    print(fmt::format("{}, an app of {}\nto be removed:\n", removal.app,
                      removal.target.account.name));
    for (const auto& artifact : removal.artifacts)
        line(artifact.what, artifact.path);
    print("to be kept:\n");
    if (removal.settings) line("the app's directory", removal.settings->directory);
    line("history and saved edits", removal.target.places.state);
    if (removal.last)
        print(fmt::format("This is the last app of {}. inhaul will stop and disable the agent.\n",
                          removal.target.account.name));
}

/// Whether another app of the account uses the same key, or the same channel and repository.
bool needed_by_others(const Removal& removal, bool webhook) {
    const auto& own = *removal.settings;
    return std::any_of(removal.others.begin(), removal.others.end(), [&](const Settings& other) {
        if (!webhook) return other.ssh_key == own.ssh_key;
        return other.relay && own.relay && other.relay->url == own.relay->url &&
               other.repository == own.repository;
    });
}

/// Returns true if nothing failed. Prints the remaining steps for the operator.
Result<bool> unregister(const Removal& removal, const RemoveOptions& options,
                        const Prompt& prompt) {
    if (!removal.settings) return true;
    const auto& settings = *removal.settings;
    const bool key = settings.ssh_key && !needed_by_others(removal, false);
    const bool webhook = settings.relay && !needed_by_others(removal, true);
    if (!key && !webhook) return true;
    const auto token =
        TRY(setup_token(options.setup_token, removal.target, settings, prompt, "deletes"));
    return remove_from_github({removal.target, settings, token, key, webhook});
}

Result<void> remove_all(const Removal& removal) {
    const process::SignalBlocker blocker;
    const auto intent = "remove " + removal.app;
    const auto& artifacts = removal.artifacts;
    // Remove the settings first: then no deployment starts, and the agent stops watching the app.
    TRY_WITHIN(intent, setup::remove_artifact(artifacts.front()));
    const auto settled = setup::settle_agent(removal.target, removal.last);
    if (!removal.target.personal)
        TRY_WITHIN(intent, setup::end_triggers(removal.target, setup::trigger_units_of(
                                                                   removal.app, removal.target)));
    for (auto artifact = std::next(artifacts.begin()); artifact != artifacts.end(); ++artifact)
        TRY_WITHIN(intent, setup::remove_artifact(*artifact));
    TRY(settled);
    return setup::reread_units(removal.target);
}

Result<ExitCode> carry_out(const GlobalOptions& global, const RemoveOptions& options) {
    const auto prompt = options.yes ? Prompt::absent() : Prompt{};
    const auto removal = TRY(removal_of(global, options));
    show(removal);
    if (options.dry_run) return ExitCode::done;
    if (!options.yes) {
        if (!prompt.present())
            return fail(ErrorCode::usage,
                        "remove asks for confirmation, but this is not a terminal",
                        "Run: " + command_with(global, "--yes"));
        const auto answer = prompt.ask(fmt::format("Remove {}? [y/N]", removal.app)).value_or("");
        if (answer != "y" && answer != "Y" && answer != "yes") {
            print("nothing was removed\n");
            return ExitCode::done;
        }
    }
    const bool clean = TRY(unregister(removal, options, prompt));
    TRY(remove_all(removal));
    print(fmt::format("removed {}\n", removal.app));
    if (removal.last && removal.target.personal)
        print(
            "Your user manager still starts at boot. If nothing else needs it, run: loginctl "
            "disable-linger\n");
    return clean ? ExitCode::done : ExitCode::try_later;
}

}  // namespace

ExitCode remove(const GlobalOptions& global, const RemoveOptions& options) {
    const auto code = carry_out(global, options);
    return code ? *code : report(code.error());
}

}  // namespace inhaul::cli
