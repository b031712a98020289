// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <inhaul/git/existing_checkout.hpp>

#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/console.hpp>

namespace inhaul::cli {

ExitCode check(const GlobalOptions& global, const CheckOptions& options) {
    const auto found = context(global);
    if (!found) return report(found.error());
    if (options.apps.empty()) print_problems(found->loaded.problems);
    const auto apps = chosen(*found, options.apps);
    if (!apps) return report(apps.error());
    std::string text;
    for (const auto& settings : *apps)
        text += fmt::format("{}# {}: {}\n{}", text.empty() ? "" : "\n", settings.app.text(),
                            settings.file.string(), config::to_toml(settings));
    const auto& account = found->loaded.account;
    if (options.apps.empty() && account && !account->file.empty())
        text += fmt::format("{}# account: {}\n{}", text.empty() ? "" : "\n", account->file.string(),
                            config::to_toml(*account));
    print(text);
    bool wrong = options.apps.empty() && !found->loaded.problems.empty();
    for (const auto& settings : *apps) {
        const auto deployable = git::check_directory(settings.directory);
        if (deployable) continue;
        (void)report(deployable.error().within(settings.app.text()));
        wrong = true;
    }
    return wrong ? ExitCode::configuration : ExitCode::done;
}

}  // namespace inhaul::cli
