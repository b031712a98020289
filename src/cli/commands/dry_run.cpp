#include "dry_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <inhaul/deploy/forecast.hpp>
#include <inhaul/util/text.hpp>

#include <cli/output/console.hpp>
#include <cli/output/progress.hpp>

namespace inhaul::cli {
namespace {

using deployment::Held;
using deployment::Refused;

constexpr std::size_t files_shown = 30;

std::string of_verdict(const deploy::Verdict& verdict) {
    if (const auto* held = std::get_if<Held>(&verdict)) return "not now: " + held->reason;
    if (const auto* refused = std::get_if<Refused>(&verdict)) return "no: " + refused->reason;
    return "yes";
}

bool passes(const deploy::Forecast& forecast) {
    for (const auto& answer : forecast.answers)
        if (!std::holds_alternative<deploy::Passes>(answer.verdict)) return false;
    return true;
}

std::string commits_of(const deploy::Forecast& forecast) {
    std::string text;
    for (const auto& [commit, summary] : forecast.commits)
        text += fmt::format("  {}  {}  ({})\n", commit.short_form(), printable(summary.subject, 70),
                            printable(summary.author, 40));
    return forecast.more_commits ? text + "  …\n" : text;
}

std::string files_of(const deploy::Forecast& forecast) {
    std::string text;
    for (std::size_t i = 0; i < std::min(forecast.files.size(), files_shown); ++i)
        text +=
            fmt::format("  {} {}\n", forecast.files[i].how, printable(forecast.files[i].path, 200));
    if (forecast.files.size() > files_shown)
        text += fmt::format("  … and {} more\n", forecast.files.size() - files_shown);
    return text;
}

std::string steps_of(const Settings& settings, const deploy::Forecast& forecast) {
    std::string text;
    if (forecast.edited > 0)
        text += fmt::format("  save {} locally edited file(s) as a patch, and discard them\n",
                            forecast.edited);
    text += fmt::format("  make {} exactly {}\n", settings.directory.string(),
                        forecast.to.short_form());
    for (const auto* commands : {&settings.hooks.build, &settings.hooks.activate})
        for (const auto& argv : *commands)
            text += fmt::format("  run {}\n", printable(fmt::format("{}", fmt::join(argv, " "))));
    if (const auto* units = std::get_if<SystemdUnits>(&settings.service))
        for (const auto& unit : units->names)
            text += fmt::format("  restart {}\n", unit);
    if (const auto* command = std::get_if<RestartCommand>(&settings.service))
        text += fmt::format("  restart with {}\n",
                            printable(fmt::format("{}", fmt::join(command->argv, " "))));
    if (settings.probe)
        text += fmt::format("  probe {}\n", printable(settings.probe->url.value_or(fmt::format(
                                                "{}", fmt::join(settings.probe->command, " ")))));
    for (const auto& argv : settings.hooks.after)
        text += fmt::format("  run {}\n", printable(fmt::format("{}", fmt::join(argv, " "))));
    return text;
}

std::string text_of(const Settings& settings, const deploy::Forecast& forecast, bool force) {
    auto text = fmt::format("{}: {} -> {} \"{}\"{}\n", settings.app.text(),
                            forecast.from ? forecast.from->short_form() : std::string{"nothing"},
                            forecast.to.short_form(), printable(forecast.summary.subject, 60),
                            forecast.forward ? "" : ", the branch was rewritten");
    if (forecast.nothing) return text + "nothing would be done: it is live\n";
    text += fmt::format("commits:\n{}files ({}):\n{}", commits_of(forecast), forecast.files.size(),
                        files_of(forecast));
    if (!forecast.answers.empty()) text += "gates:\n";
    for (const auto& answer : forecast.answers)
        text += fmt::format("  {}: {}\n", answer.gate, printable(of_verdict(answer.verdict), 600));
    if (!passes(forecast) && !force) return text + "nothing would be done\n";
    return text + "would:\n" + steps_of(settings, forecast);
}

}  // namespace

ExitCode forecast(const DeployJob& job, const config::Places& places) {
    const auto done = [&]() -> Result<deploy::Forecast> {
        const auto locked =
            TRY(lock_app(places, job.settings, job.wait, "inhaul deploy --dry-run"));
        auto working = TRY(wiring::working(job.settings));
        const deploy::Ports ports{*working.repository, *working.service, *locked.ledger,
                                  system_clock(),      *working.hooks,   *working.probe,
                                  working.gates};
        ProgressLine progress;
        return deploy::forecast(job.settings, job.request, ports,
                                [&](const git::Progress& now) { progress.show(now); });
    }();
    if (!done) return report(done.error().within("look at " + job.settings.app.text()));
    print(text_of(job.settings, *done, job.request.force));
    return done->nothing || passes(*done) || job.request.force ? ExitCode::done : ExitCode::refused;
}

}  // namespace inhaul::cli
