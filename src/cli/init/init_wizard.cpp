// SPDX-License-Identifier: Apache-2.0
#include "init_wizard.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <inhaul/git/existing_checkout.hpp>
#include <inhaul/setup/restart_permission.hpp>
#include <inhaul/setup/unit_choice.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include <cli/context.hpp>
#include <cli/output/console.hpp>
#include "fetch_check.hpp"
#include "known_apps.hpp"
#include "run_as.hpp"

namespace inhaul::cli {
namespace {

namespace fs = std::filesystem;

/// The package creates this account for apps without an account of their own.
constexpr auto package_account = "inhaul";
constexpr auto public_relay = "https://smee.io";

/// Removes dots and a trailing slash.
fs::path normal(const fs::path& path) {
    auto plain = path.lexically_normal();
    return plain.has_filename() || !plain.has_relative_path() ? plain : plain.parent_path();
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
        const auto end = std::min(text.find_first_of(", "), text.size());
        if (end > 0) words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

/// Determines the answers step by step; a later step uses the results of the earlier ones.
class InitWizard {
public:
    InitWizard(const GlobalOptions& global, const InitOptions& options, const Prompt& prompt)
        : global_(global), options_(options), prompt_(prompt), units_(options.user) {
        target_.personal = options.user;
    }
    Result<Answers> run();

private:
    Result<void> find_known_app();
    Result<void> inspect_directory();
    Result<void> choose_found_units();
    Result<void> choose_directory();
    Result<void> choose_account();
    Result<void> choose_places();
    Result<void> read_existing_settings();
    [[nodiscard]] Result<void> check_paths() const;
    Result<void> choose_repository();
    Result<void> choose_units();
    Result<void> choose_access();
    void choose_relay();
    [[nodiscard]] std::optional<fs::path> path_for(const std::string& text) const;
    [[nodiscard]] Result<void> check_missing() const;
    void lack(std::string_view option, std::string_view why) {
        missing_.push_back(fmt::format("{} ({})", option, printable(why)));
    }

    const GlobalOptions& global_;
    const InitOptions& options_;
    const Prompt& prompt_;
    setup::InstallTarget target_;
    setup::NewApp app_;
    fs::path here_;               ///< the working directory, or the given one
    std::optional<Known> known_;  ///< the app in this directory
    std::optional<git::Checkout> checkout_;
    setup::UnitChoice units_;
    std::optional<Settings> existing_;  ///< the app's existing settings
    std::string written_;
    std::optional<std::string> relay_server_;
    std::vector<std::string> missing_;
};

Result<Answers> InitWizard::run() {
    TRY(find_known_app());
    TRY(inspect_directory());
    if (!options_.units.empty()) units_.name(options_.units);
    TRY(choose_directory());
    TRY(check_missing());
    if (options_.units.empty() && !options_.no_service) units_.find_in(app_.directory);
    TRY(choose_account());
    if (!options_.no_service) TRY(units_.ask_account(target_.account, app_.directory));
    TRY(choose_places());
    TRY(read_existing_settings());
    TRY(check_paths());
    TRY(choose_repository());
    TRY(choose_units());
    TRY(check_missing());
    if (options_.trigger_unit) TRY(setup::choose_trigger(target_, app_));
    TRY(choose_access());
    choose_relay();
    return Answers{{std::move(target_), std::move(app_), std::move(existing_), std::move(written_)},
                   std::move(relay_server_)};
}

Result<void> InitWizard::check_missing() const {
    if (missing_.empty()) return {};
    return fail(ErrorCode::usage, fmt::format("init needs {}", fmt::join(missing_, ", ")));
}

/// Finds the app whose directory, or whose release, this is.
Result<void> InitWizard::find_known_app() {
    std::error_code error;
    here_ = normal(options_.directory.empty() ? fs::current_path(error)
                                              : fs::absolute(options_.directory, error));
    if (error) return fail(system_error(error.value(), "find the directory"));
    auto known = TRY(app_around(here_, global_, target_.personal));
    if (!known || (known->settings.directory != here_ && !options_.directory.empty())) return {};
    if ((!options_.name.empty() && options_.name != known->settings.app.text()) ||
        (!options_.account.empty() && options_.account != known->account))
        return fail(ErrorCode::refused,
                    fmt::format("{} is already the directory of {}, an app of {}",
                                printable(known->settings.directory.string()),
                                known->settings.app.text(), known->account),
                    "Choose another directory: each app needs its own.");
    here_ = known->settings.directory;
    known_ = std::move(known);
    return {};
}

Result<void> InitWizard::inspect_directory() {
    if (known_ || !options_.directory.empty()) app_.directory = here_;
    if (known_) return {};
    checkout_ = TRY(checkout_as(here_));
    if (checkout_) app_.directory = checkout_->directory;
    return {};
}

Result<void> InitWizard::choose_directory() {
    const auto& found = units_.found();
    if (app_.directory.empty() && !found.empty() && !found.front().directory.empty()) {
        checkout_ = TRY(checkout_as(found.front().directory));
        app_.directory = checkout_ ? checkout_->directory : found.front().directory;
    }
    if (!app_.directory.empty()) return {};
    const auto answer = prompt_.ask("Directory of the app (a checkout or a new directory)");
    if (!answer || answer->empty()) {
        lack("DIRECTORY", "this directory is not a checkout");
        return {};
    }
    std::error_code error;
    app_.directory = normal(fs::absolute(*answer, error));
    checkout_ = TRY(checkout_as(app_.directory));
    return {};
}

Result<void> InitWizard::choose_account() {
    if (target_.personal) {
        target_.account = TRY(account::current());
        return {};
    }
    auto name = known_ ? known_->account : options_.account;
    std::error_code ignored;
    if (name.empty() && fs::exists(app_.directory, ignored))
        name = TRY(owner_now(app_.directory)).name;
    const auto& units = units_.found();
    if ((name.empty() || name == "root") && !units.empty() && !units.front().user.empty())
        name = units.front().user;
    if (name.empty() && prompt_.present())
        name = prompt_.ask("Account that deploys the app", package_account).value_or("");
    if (name.empty()) name = package_account;
    const auto found = TRY(account::named(name));
    if (found && found->uid == 0) return fail(not_for_root(app_.directory));
    if (!found)
        return fail(ErrorCode::not_found,
                    fmt::format("the account {} does not exist", printable(name)),
                    "Choose an account with --account.");
    if (!account::is_directory_name(name))
        return fail(
            ErrorCode::refused,
            fmt::format("the account name {} cannot be part of a unit name", printable(name)),
            "Use an account whose name has only letters, digits and . _ - @.");
    target_.account = *found;
    return {};
}

Result<void> InitWizard::choose_places() {
    if (target_.personal) {
        target_.places = TRY(config::places(global_.config, global_.state));
        if (config::is_system_place(target_.places.settings))
            return fail(ErrorCode::refused,
                        fmt::format("root manages the settings of this account in {}",
                                    target_.places.settings.string()),
                        "Run: " + init_command(app_.directory));
        return {};
    }
    target_.places = config::system_places(target_.account.name);
    const auto given = TRY(config::places(global_.config, global_.state));
    if (global_.config) target_.places.settings = given.settings;
    if (global_.state) target_.places.state = given.state;
    return {};
}

Result<void> InitWizard::read_existing_settings() {
    const auto acting = TRY(account::ActingAs::account(target_.account));
    app_.name = known_ ? known_->settings.app.text() : options_.name;
    if (app_.name.empty()) app_.name = setup::name_from(app_.directory.filename().string());
    if (!AppName::parse(app_.name) || !config::is_app_file(app_.name + ".toml"))
        return fail(invalid_app_name(
            app_.name,
            "Choose a name with --name: letters, digits, dots and dashes, but not inhaul."));
    const auto file = target_.places.settings / (app_.name + ".toml");
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return {};
    written_ = TRY(file::read(file, config::largest_file));
    auto parsed = config::parse(written_, file);
    if (parsed.apps.empty())
        return fail(ErrorCode::configuration, config::format(parsed.problems.front()),
                    "Fix the file, or choose another name with --name.");
    existing_ = std::move(parsed.apps.front());
    const auto given = std::exchange(app_, setup::as_written(*existing_));
    if (!options_.directory.empty()) app_.directory = given.directory;
    return {};
}

/// An account that can replace a directory controls the deployed files. So only root and the
/// account may be able to change these paths.
Result<void> InitWizard::check_paths() const {
    (void)TRY(guard::open_nearest(target_.places.state, target_.account.uid));
    return check_path(app_.directory, target_);
}

Result<void> InitWizard::choose_repository() {
    if (!options_.repository.empty()) app_.repository = options_.repository;
    if (!options_.branch.empty()) app_.branch = options_.branch;
    if (app_.repository.empty() && checkout_ && !checkout_->remote.empty())
        app_.repository = setup::repository_from(checkout_->remote);
    if (app_.branch.empty() && checkout_) app_.branch = checkout_->branch.value_or("");
    if (app_.repository.empty())
        app_.repository = prompt_.ask("Repository (owner/name or URL)").value_or("");
    if (app_.repository.empty())
        lack("--repository", app_.directory.string() + " is not a checkout with an origin");
    if (app_.branch.empty())
        app_.branch = prompt_.present() ? prompt_.ask("Branch", "main").value_or("main") : "main";
    return {};
}

Result<void> InitWizard::choose_units() {
    if (options_.no_service) app_.units.clear();
    if (options_.no_service || (existing_ && options_.units.empty())) return {};
    if (options_.units.empty()) TRY(choose_found_units());
    TRY(units_.check());
    app_.units = units_.names();
    app_.scope = units_.scope();
    return {};
}

Result<void> InitWizard::choose_found_units() {
    if (units_.found().empty()) units_.find_named(app_.name);
    const auto& found = units_.found();
    const bool several = found.size() > 1;
    if (several)
        print(fmt::format("several units have their working directory in {}: {}\n",
                          printable(app_.directory.string()), printable(units_.list(", "))));
    // Without a terminal, use the unit with the app's name.
    const auto own = app_.name + ".service";
    const bool alone = several && !prompt_.present() && units_.has_found(own);
    if (alone || found.size() == 1) {
        units_.name({alone ? own : std::string{found.front().name}});
        return {};
    }
    const auto answer = several ? prompt_.ask("Units to restart, in this order", units_.list(" "))
                                : prompt_.ask("Unit to restart (Enter: none)");
    if (!answer)
        lack("--unit or --no-service",
             several ? "several units have their working directory there: " + units_.list(", ")
                     : "no unit has its working directory there");
    units_.name(words_of(answer.value_or("")));
    return units_.ask_account(target_.account, app_.directory);
}

/// `~/` is the home of the account that deploys, not of the account that runs this.
std::optional<fs::path> InitWizard::path_for(const std::string& text) const {
    if (text.empty()) return std::nullopt;
    if (text.starts_with("~/")) return target_.account.home / text.substr(2);
    std::error_code error;
    return normal(fs::absolute(text, error));
}

Result<void> InitWizard::choose_access() {
    if (const auto file = path_for(options_.token_file)) app_.token_file = file;
    if (const auto file = path_for(options_.known_hosts)) app_.known_hosts = file;
    if (const auto file = path_for(options_.ca_file)) app_.ca_file = file;
    if (!options_.api_url.empty()) app_.api_url = options_.api_url;
    if (const auto file = path_for(options_.key)) app_.ssh_key = file;
    if (options_.no_key) app_.ssh_key.reset();
    if (!existing_) TRY(name_ssh_config(target_, app_));
    if (existing_ || options_.no_key || app_.ssh_key) return {};
    if (!TRY(needs_key(target_, app_))) return {};
    // Keep the remote of a checkout whose account can read it already.
    if (checkout_ && app_.repository == setup::repository_from(checkout_->remote) &&
        reads_with_own_key(target_, app_, checkout_->remote))
        app_.repository = checkout_->remote;
    else
        app_.ssh_key = target_.places.key_of(app_.name);
    return {};
}

void InitWizard::choose_relay() {
    auto relay = options_.relay;
    if (relay.empty() && !options_.no_relay && !existing_ && prompt_.present()) {
        print(
            "With a webhook relay, a push is live in a second instead of a minute. The relay can "
            "read the events.\n");
        relay = prompt_.ask(fmt::format("URL of the relay, such as {} (Enter: none)", public_relay))
                    .value_or("");
    }
    if (options_.no_relay) {
        app_.relay_url.reset();
        app_.secret_file.reset();
    }
    if (relay.empty()) return;
    const auto url = Url::parse(relay);
    const bool server = url && (url->rest().empty() || url->rest() == "/");
    if (server && app_.relay_url && http::origin_of(*app_.relay_url) == http::origin_of(relay))
        return;
    if (server) relay_server_ = url->base();
    app_.relay_url = relay;
    if (!app_.secret_file) app_.secret_file = target_.places.webhook_secret_of(app_.name);
}

}  // namespace

Result<Answers> run_init_wizard(const GlobalOptions& global, const InitOptions& options,
                                const Prompt& prompt) {
    return InitWizard{global, options, prompt}.run();
}

}  // namespace inhaul::cli
