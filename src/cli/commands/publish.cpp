// SPDX-License-Identifier: Apache-2.0
#include <inhaul/publish/metrics.hpp>
#include <inhaul/publish/page.hpp>

#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/app_facts.hpp>
#include <cli/output/console.hpp>
#include <cli/output/overview.hpp>

// What is published, on standard output: `metrics` and `page`.

namespace inhaul::cli {
namespace {

Result<publish::Overview> overview(const Context& context) {
    return overview_of(
        TRY(all_facts(TRY(chosen(context, {})), context.loaded.account, context.places)),
        context.loaded.account.value_or(AccountSettings{}), context.places);
}

template <class Write>
ExitCode print_overview(const GlobalOptions& global, const Write& write) {
    const auto found = context(global);
    if (!found) return report(found.error());
    const auto all = overview(*found);
    if (!all) return report(all.error());
    print(write(*all));
    print_problems(found->loaded.problems);
    return found->loaded.problems.empty() ? ExitCode::done : ExitCode::configuration;
}

}  // namespace

ExitCode metrics(const GlobalOptions& global) {
    return print_overview(global, publish::metrics);
}

ExitCode page(const GlobalOptions& global) {
    return print_overview(global, publish::page);
}

}  // namespace inhaul::cli
