#include "init_wizard.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <inhaul/git/checkout.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/text.hpp>

#include <cli/output/console.hpp>
#include "fetch_check.hpp"
#include "known_apps.hpp"
#include "run_as.hpp"
#include "unit_choice.hpp"

namespace inhaul::cli {
namespace {

namespace fs = std::filesystem;

/// The account that the package makes for apps that have none of their own.
constexpr auto package_account = "inhaul";
constexpr auto public_relay = "https://smee.io";

/// Without dots in it, nor a slash at its end.
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

/// Each step fills in what the ones before it have made known.
class InitWizard {
public:
    InitWizard(const GlobalOptions& global, const InitOptions& options, const Prompt& prompt)
        : global_(global), options_(options), prompt_(prompt), units_(options.user) {
        target_.personal = options.user;
    }
    Result<Answers> hold();

private:
    Result<void> look_at_known_apps();
    Result<void> look_at_directory();
    Result<void> choose_found_units();
    Result<void> choose_directory();
    Result<void> choose_account();
    Result<void> choose_places();
    Result<void> look_at_settings();
    [[nodiscard]] Result<void> check_ways() const;
    Result<void> choose_repository();
    Result<void> choose_units();
    Result<void> choose_access();
    void choose_relay();
    [[nodiscard]] std::optional<fs::path> path_for(const std::string& text) const;
    [[nodiscard]] Result<void> check_told() const;
    void lack(std::string_view option, std::string_view why) {
        missing_.push_back(fmt::format("{} ({})", option, printable(why)));
    }

    const GlobalOptions& global_;
    const InitOptions& options_;
    const Prompt& prompt_;
    setup::InstallTarget target_;
    setup::NewApp app_;
    fs::path here_;               ///< where the person stands, or points to
    std::optional<Known> known_;  ///< the app that is there already
    std::optional<git::Checkout> checkout_;
    UnitChoice units_;
    std::optional<Settings> there_;  ///< the settings that the app has already
    std::string written_;
    std::optional<std::string> relay_server_;
    std::vector<std::string> missing_;
};

Result<Answers> InitWizard::hold() {
    TRY(look_at_known_apps());
    TRY(look_at_directory());
    if (!options_.units.empty()) units_.name(options_.units);
    TRY(choose_directory());
    TRY(check_told());
    if (options_.units.empty() && !options_.no_service) units_.find_in(app_.directory);
    TRY(choose_account());
    if (!options_.no_service) TRY(units_.ask_account(target_.account, app_.directory));
    TRY(choose_places());
    TRY(look_at_settings());
    TRY(check_ways());
    TRY(choose_repository());
    TRY(choose_units());
    TRY(check_told());
    TRY(choose_access());
    choose_relay();
    return Answers{std::move(target_), std::move(app_), std::move(there_), std::move(written_),
                   std::move(relay_server_)};
}

Result<void> InitWizard::check_told() const {
    if (missing_.empty()) return {};
    return fail(ErrorCode::usage, fmt::format("init must be told: {}", fmt::join(missing_, ", ")));
}

/// The app that is in this directory already: the person stands in it, or in a release of it.
Result<void> InitWizard::look_at_known_apps() {
    std::error_code error;
    here_ = normal(options_.directory.empty() ? fs::current_path(error)
                                              : fs::absolute(options_.directory, error));
    if (error) return fail(system_error(error.value(), "find the directory"));
    auto known = TRY(app_around(here_, global_, target_.personal));
    if (!known || (known->settings.directory != here_ && !options_.directory.empty())) return {};
    if ((!options_.name.empty() && options_.name != known->settings.app.text()) ||
        (!options_.account.empty() && options_.account != known->account))
        return fail(ErrorCode::refused,
                    fmt::format("{} is the directory of {} already, an app of {}",
                                printable(known->settings.directory.string()),
                                known->settings.app.text(), known->account),
                    "Each app needs a directory of its own.");
    here_ = known->settings.directory;
    known_ = std::move(known);
    return {};
}

Result<void> InitWizard::look_at_directory() {
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
    const auto answer = prompt_.ask("Directory of the app, a checkout or still missing");
    if (!answer || answer->empty()) {
        lack("DIRECTORY", "this one is no checkout");
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
        name = prompt_.ask("Account that deploys it", package_account).value_or("");
    if (name.empty()) name = package_account;
    const auto found = TRY(account::named(name));
    if (found && found->uid == 0) return fail(not_for_root(app_.directory));
    if (!found)
        return fail(ErrorCode::not_found, fmt::format("there is no account {}", printable(name)),
                    "Name one with --account.");
    if (!account::names_a_place(name))
        return fail(ErrorCode::refused,
                    fmt::format("an agent cannot be called after the account {}", printable(name)),
                    "Give the directory to another: letters, digits, and . _ - @ are possible.");
    target_.account = *found;
    return {};
}

Result<void> InitWizard::choose_places() {
    if (target_.personal) {
        target_.places = TRY(config::places(global_.config, global_.state));
        if (target_.places.settings.parent_path() == "/etc/inhaul")
            return fail(ErrorCode::refused,
                        fmt::format("{} has the settings of this account",
                                    target_.places.settings.string()),
                        "Its apps are set up by root: leave --user out.");
        return {};
    }
    target_.places = {fs::path{"/etc/inhaul"} / target_.account.name,
                      fs::path{"/var/lib/inhaul"} / target_.account.name};
    const auto told = TRY(config::places(global_.config, global_.state));
    if (global_.config) target_.places.settings = told.settings;
    if (global_.state) target_.places.state = told.state;
    return {};
}

Result<void> InitWizard::look_at_settings() {
    const auto acting = TRY(account::ActingAs::account(target_.account));
    app_.name = known_ ? known_->settings.app.text() : options_.name;
    if (app_.name.empty()) app_.name = setup::name_from(app_.directory.filename().string());
    if (!AppName::parse(app_.name))
        return fail(ErrorCode::usage,
                    fmt::format("\"{}\" cannot be an app's name", printable(app_.name)),
                    "Say one with --name: letters, digits, dots and dashes.");
    const auto file = target_.places.settings / (app_.name + ".toml");
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return {};
    written_ = TRY(file::read(file, config::largest_file));
    auto parsed = config::parse(written_, file);
    if (parsed.apps.empty())
        return fail(ErrorCode::configuration, config::format(parsed.problems.front()),
                    "Mend the file, or name another app with --name.");
    there_ = std::move(parsed.apps.front());
    const auto told = std::exchange(app_, setup::as_written(*there_));
    if (!options_.directory.empty()) app_.directory = told.directory;
    return {};
}

/// Who can put another directory there chooses what is deployed. That holds from here on: these
/// ways are then for root and the account alone to change.
Result<void> InitWizard::check_ways() const {
    for (const auto& directory : {app_.directory, target_.places.state})
        (void)TRY(guard::open_nearest(directory, target_.account.uid));
    return {};
}

Result<void> InitWizard::choose_repository() {
    if (!options_.repository.empty()) app_.repository = options_.repository;
    if (!options_.branch.empty()) app_.branch = options_.branch;
    if (app_.repository.empty() && checkout_ && !checkout_->remote.empty())
        app_.repository = setup::repository_from(checkout_->remote);
    if (app_.branch.empty() && checkout_) app_.branch = checkout_->branch.value_or("");
    if (app_.repository.empty())
        app_.repository = prompt_.ask("Repository, as owner/name or a URL").value_or("");
    if (app_.repository.empty())
        lack("--repository", app_.directory.string() + " is no checkout with an origin");
    if (app_.branch.empty())
        app_.branch = prompt_.present() ? prompt_.ask("Branch", "main").value_or("main") : "main";
    return {};
}

Result<void> InitWizard::choose_units() {
    if (options_.no_service) app_.units.clear();
    if (options_.no_service || (there_ && options_.units.empty())) return {};
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
        print(fmt::format("more than one unit works in {}: {}\n",
                          printable(app_.directory.string()), printable(units_.list(", "))));
    // The one that has the app's name is taken where nobody can be asked.
    const auto own = app_.name + ".service";
    const bool alone = several && !prompt_.present() && units_.has_found(own);
    if (alone || found.size() == 1) {
        units_.name({alone ? own : std::string{found.front().name}});
        return {};
    }
    const auto answer = several
                            ? prompt_.ask("Units to be restarted, in this order", units_.list(" "))
                            : prompt_.ask("Unit to be restarted (Enter: none)");
    if (!answer)
        lack("--unit or --no-service", several
                                           ? "several work in the directory: " + units_.list(", ")
                                           : "no unit works in the directory");
    units_.name(words_of(answer.value_or("")));
    return units_.ask_account(target_.account, app_.directory);
}

/// `~/` is the home of the account that deploys, not of whoever runs this.
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
    if (!there_) TRY(name_ssh_config(target_, app_));
    if (there_ || options_.no_key || app_.ssh_key) return {};
    if (!TRY(needs_key(target_, app_))) return {};
    // A checkout that its account can read already stays as it is.
    if (checkout_ && app_.repository == setup::repository_from(checkout_->remote) &&
        reads_with_own_key(target_, app_, checkout_->remote))
        app_.repository = checkout_->remote;
    else
        app_.ssh_key = target_.places.settings / (app_.name + ".key");
    return {};
}

void InitWizard::choose_relay() {
    auto relay = options_.relay;
    if (relay.empty() && !options_.no_relay && !there_ && prompt_.present()) {
        print(
            "A webhook relay makes a push live in a second, not in a minute; it learns what your "
            "pushes say.\n");
        relay = prompt_.ask(fmt::format("Its URL, such as {} (Enter: none)", public_relay))
                    .value_or("");
    }
    if (options_.no_relay) {
        app_.relay_url.reset();
        app_.secret_file.reset();
    }
    if (relay.empty()) return;
    const auto origin = http::origin_of(relay);
    const auto scheme = relay.find("://");
    const auto path = scheme == std::string::npos ? scheme : relay.find('/', scheme + 3);
    const bool server = origin && (path == std::string::npos || path + 1 == relay.size());
    if (server && app_.relay_url && http::origin_of(*app_.relay_url) == origin) return;
    if (server) relay_server_ = relay.substr(0, path);
    app_.relay_url = relay;
    if (!app_.secret_file)
        app_.secret_file = target_.places.settings / (app_.name + ".webhook-secret");
}

}  // namespace

Result<Answers> run_init_wizard(const GlobalOptions& global, const InitOptions& options,
                                const Prompt& prompt) {
    return InitWizard{global, options, prompt}.hold();
}

}  // namespace inhaul::cli
