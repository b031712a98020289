#include "../wiring.hpp"
#include "cli.hpp"
#include "context.hpp"

namespace inhaul::cli {
namespace {

Result<ExitCode> ask_once(const config::Places& places, std::vector<Settings> apps) {
    TRY(make_state(places));
    const auto watching = TRY(wiring::watching(places));
    auto& watcher = watching->watcher;
    TRY(watcher.set_apps(std::move(apps)));
    watcher.ask_each_once();
    while (watcher.tick(), !watcher.idle())
        watching->loop.run_once(watcher.next_wake());
    return watcher.exit_code();
}

}  // namespace

ExitCode once(const GlobalOptions& global, const OnceOptions& options) {
    const auto found = context(global);
    if (!found) return report(found.error());
    auto apps = chosen(*found, options.apps);
    if (!apps) return report(apps.error());
    const bool all = options.apps.empty();
    if (all) print_problems(found->loaded.problems);

    const auto code = ask_once(found->places, std::move(*apps));
    if (!code) return report(code.error());
    return all && !found->loaded.problems.empty() ? graver(*code, ExitCode::configuration) : *code;
}

}  // namespace inhaul::cli
