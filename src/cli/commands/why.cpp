// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/app_facts.hpp>
#include <cli/output/console.hpp>

namespace inhaul::cli {

ExitCode why(const GlobalOptions& global, const std::string& app) {
    const auto found = context(global);
    if (!found) return report(found.error());
    const auto apps = chosen(*found, {app});
    if (!apps) return report(apps.error());
    const auto facts = all_facts(*apps, found->loaded.account, found->places);
    if (!facts) return report(facts.error());
    print(explanation_of(facts->front()) + "\n");
    return ExitCode::done;
}

}  // namespace inhaul::cli
