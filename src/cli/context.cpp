#include "context.hpp"

#include <fmt/format.h>

#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include "console.hpp"

namespace inhaul::cli {

namespace {

/// Who looks as another account than those that deploy here is told as whom.
void name_accounts(const std::filesystem::path& looked_at, config::Problem& problem) {
    namespace fs = std::filesystem;
    std::string accounts;
    std::error_code error;
    if (fs::exists(looked_at, error)) return;
    for (fs::directory_iterator entry{"/etc/inhaul", error}, end; !error && entry != end;
         entry.increment(error))
        if (entry->is_directory(error))
            accounts +=
                (accounts.empty() ? "" : ", ") + printable(entry->path().filename().string());
    if (accounts.empty()) return;
    problem.hint = fmt::format(
        "Apps are deployed here by: {}. Ask as one of them: sudo -u ACCOUNT inhaul status. Or: {}",
        accounts, problem.hint);
}

}  // namespace

Result<Context> context(const GlobalOptions& global) {
    Context found;
    found.places = TRY(config::places(global.config, global.state));
    found.loaded = config::load(found.places.settings);
    if (!global.config && found.loaded.problems.size() == 1)
        name_accounts(found.places.settings, found.loaded.problems.front());
    return found;
}

Result<Settings> Context::app(const std::string& name) const {
    for (const auto& settings : loaded.apps)
        if (settings.app.text() == name) return settings;
    std::string wrong;
    for (const auto& problem : loaded.problems)
        if (problem.file.stem() == name) wrong += (wrong.empty() ? "" : "\n") + format(problem);
    if (!wrong.empty()) return fail(ErrorCode::configuration, wrong);

    std::vector<std::string_view> names;
    for (const auto& settings : loaded.apps)
        names.push_back(settings.app.text());
    const auto meant = nearest(name, names);
    return fail(
        ErrorCode::usage, fmt::format("no app {} in {}", printable(name), places.settings.string()),
        meant ? fmt::format("Did you mean {}?", *meant)
              : std::string{"An app is a file NAME.toml there; `inhaul check` lists them."});
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

std::filesystem::path app_lock(const config::Places& places, const AppName& app) {
    return places.state / "locks" / (app.text() + ".lock");
}

std::filesystem::path watcher_lock(const config::Places& places) {
    return places.state / "locks" / "watcher";
}

Result<void> make_state(const config::Places& places) {
    auto made = file::make_directories(places.state / "locks", 0700);
    if (made || made.error().code != ErrorCode::permission) return made;
    made.error().hint = fmt::format("As root: install -d -o {} -m 700 {}", account::current_name(),
                                    places.state.string());
    return made;
}

}  // namespace inhaul::cli
