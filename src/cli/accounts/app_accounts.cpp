// SPDX-License-Identifier: Apache-2.0
#include "app_accounts.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <inhaul/state_files.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/text.hpp>

#include <cli/context.hpp>

namespace inhaul::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> apps_in(const fs::path& directory) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error)) {
        const auto& path = entry->path();
        if (config::is_app_file(path) && AppName::parse(path.stem().string()))
            names.push_back(path.stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// Reads as the account: its home may have links or file systems of other accounts.
AppAccount read_account(account::Account account, config::Places places) {
    AppAccount app_account{std::move(account), std::move(places), {}};
    std::optional<account::ActingAs> acting;
    if (::geteuid() == 0) {
        auto changed = account::ActingAs::account(app_account.account);
        if (!changed) return app_account;
        acting.emplace(std::move(*changed));
    }
    std::error_code ignored;
    app_account.apps = apps_in(app_account.places.settings);
    app_account.has_ledger = fs::exists(state_files::ledger(app_account.places.state), ignored);
    return app_account;
}

void add(AppAccount app_account, std::vector<AppAccount>& to) {
    const bool known = std::any_of(to.begin(), to.end(), [&](const AppAccount& other) {
        return other.account.uid == app_account.account.uid;
    });
    if (!known && (!app_account.apps.empty() || app_account.has_ledger))
        to.push_back(std::move(app_account));
}

/// Adds the accounts with a directory of their name.
void add_system_accounts(const fs::path& directory, std::vector<AppAccount>& to) {
    std::error_code error;
    for (fs::directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error)) {
        const auto name = entry->path().filename().string();
        auto account = account::named(name);
        if (account && *account && account::is_directory_name(name))
            add(read_account(**account, config::system_places(name)), to);
    }
}

}  // namespace

bool AppAccount::has(const std::string& app) const {
    return std::binary_search(apps.begin(), apps.end(), app);
}

std::vector<AppAccount> app_accounts() {
    std::vector<AppAccount> found;
    add_system_accounts(config::system_settings, found);
    if (::geteuid() == 0) {
        // An account whose last app was removed still has a history.
        add_system_accounts(config::system_states, found);
        for (auto& account : account::all()) {
            // Many system accounts do not own their home. An account is ignored if others could
            // write its settings.
            if (!account.home.is_absolute()) continue;
            const auto home = guard::open(account.home, account.uid);
            if (!home || home->owner.uid != account.uid) continue;
            const auto places = config::places_in(account.home);
            add(read_account(std::move(account), places), found);
        }
    }
    std::sort(found.begin(), found.end(), [](const AppAccount& a, const AppAccount& b) {
        return a.account.name < b.account.name;
    });
    return found;
}

bool has_only_own(const std::vector<AppAccount>& accounts) {
    return std::all_of(accounts.begin(), accounts.end(),
                       [](const auto& each) { return each.account.uid == ::geteuid(); });
}

bool has_own_settings(const GlobalOptions& global) {
    const auto own = config::places(global.config, global.state);
    std::error_code ignored;
    return !own || fs::exists(own->settings, ignored);
}

std::vector<fs::path> settings_without_account() {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry{config::system_settings, error}, end; !error && entry != end;
         entry.increment(error)) {
        const auto account = account::named(entry->path().filename().string());
        if (account && !*account && !apps_in(entry->path()).empty()) found.push_back(entry->path());
    }
    return found;
}

std::string hint_to_other_accounts(const GlobalOptions& global, const std::string& app) {
    std::vector<std::string> names;
    for (const auto& app_account : app_accounts())
        if (app_account.account.uid != ::geteuid() && (app.empty() || app_account.has(app)))
            names.push_back(printable(app_account.account.name));
    if (names.empty()) return {};
    const auto command =
        global.command.empty() ? std::string{"status"} : shell_command(global.command);
    const bool one = names.size() == 1;
    const std::string_view what = app.empty() ? one ? "deploys apps here" : "deploy apps here"
                                  : one       ? "has an app of that name"
                                              : "have an app of that name";
    auto hint = fmt::format("{} {}. Run:", fmt::join(names, ", "), what);
    // Root sees the apps of all accounts.
    if (app.empty() && !one && ::geteuid() != 0)
        return fmt::format("{} sudo inhaul {}", hint, command);
    for (const auto& name : names)
        hint += fmt::format("{}sudo -u {} inhaul {}", one ? " " : "\n  ", name, command);
    return hint;
}

Result<std::string> own_name(const GlobalOptions& global, const std::string& name) {
    const auto slash = name.find('/');
    if (slash == std::string::npos) return name;
    const auto account = name.substr(0, slash);
    const auto self = account::current_name();
    if (account == self) return name.substr(slash + 1);
    const auto app = name.substr(slash + 1);
    const auto found = account::named(account);
    if (!AppName::parse(app)) return fail(invalid_app_name(app));
    if (found && !*found)
        return fail(ErrorCode::usage,
                    fmt::format("the account {} does not exist", printable(account)), list_apps());
    return fail(ErrorCode::permission,
                fmt::format("{} belongs to {}, but this is {}", printable(name), printable(account),
                            printable(self)),
                fmt::format("Run: sudo -u {} inhaul {}", printable(account),
                            shell_command(global.command)));
}

}  // namespace inhaul::cli
