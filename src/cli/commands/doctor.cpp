// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/setup/doctor.hpp>
#include <inhaul/state_files.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include <cli/accounts/app_accounts.hpp>
#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/console.hpp>
#include <cli/output/json.hpp>
#include <wiring.hpp>

namespace inhaul::cli {
namespace {

using setup::Finding;
using Status = Finding::Status;

void show(const Finding& finding, bool colour) {
    const auto mark = finding.status == Status::good  ? painted("ok", Colour::green, colour)
                      : finding.status == Status::bad ? painted("no", Colour::red, colour)
                                                      : painted("--", Colour::dim, colour);
    const auto text =
        fmt::format("  {}  {:<16} {}\n", mark, finding.what, printable(finding.message, 600));
    print(text);
    print_lines(finding.hint, std::string(24, ' '));
}

}  // namespace

ExitCode doctor(const GlobalOptions& global, const DoctorOptions& options) {
    const auto found = context(global);
    if (!found) return report(found.error());
    const auto wanted = own_name(global, options.app);
    if (!wanted) return report(wanted.error());
    bool healthy = true;
    std::vector<std::pair<std::string, std::vector<Finding>>> all;
    const bool colour = colourful(STDOUT_FILENO);
    const auto note = [&](Finding finding) {
        healthy = healthy && finding.status != Status::bad;
        if (!options.json) show(finding, colour);
        all.back().second.push_back(std::move(finding));
    };
    const auto begin = [&](const std::string& app) {
        all.emplace_back(app, std::vector<Finding>{});
        if (!options.json) print(painted(app, Colour::bold, colour) + "\n");
    };
    for (const auto& problem : found->loaded.problems) {
        const auto app = problem.file.stem().string();
        if (!wanted->empty() && app != *wanted) continue;
        if (all.empty() || all.back().first != app) begin(app);
        note(setup::finding_of(problem));
    }
    for (const auto& settings : found->loaded.apps) {
        if (!wanted->empty() && settings.app.text() != *wanted) continue;
        begin(settings.app.text());
        wiring::examine(
            settings, found->loaded.account.value_or(AccountSettings{}), found->places,
            file::Lock::holder(state_files::agent_lock(found->places.state)).has_value(),
            timer_enabled(found->places),
            [&] {
                return file::Lock::holder(state_files::app_lock(found->places.state, settings.app))
                    .has_value();
            },
            note);
    }
    if (all.empty()) {
        const auto named = chosen(*found, {options.app});
        return named ? ExitCode::done : report(named.error());
    }
    if (options.json) print(doctor_json(all, healthy));
    return healthy ? ExitCode::done : ExitCode::failed;
}

}  // namespace inhaul::cli
