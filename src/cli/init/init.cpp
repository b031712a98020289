// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <inhaul/service/units.hpp>
#include <inhaul/setup/agent_units.hpp>
#include <inhaul/setup/doctor.hpp>
#include <inhaul/setup/install_plan.hpp>
#include <inhaul/setup/relay_channel.hpp>
#include <inhaul/setup/restart_permission.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/systemctl.hpp>
#include <inhaul/util/text.hpp>

#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/console.hpp>
#include "agent_start.hpp"
#include "github_setup.hpp"
#include "init_wizard.hpp"

namespace inhaul::cli {
namespace {

namespace fs = std::filesystem;
using setup::Artifact;
using setup::DiskState;
using setup::InstallPlan;

std::string summary(const InstallPlan& plan, const setup::InstallTarget& target) {
    const auto& settings = plan.settings;
    const auto* const units = std::get_if<SystemdUnits>(&settings.service);
    auto restarts =
        units == nullptr
            ? std::string{"restarts no service"}
            : printable(fmt::format("restarts {}", fmt::join(units->names, ", ")), 1000);
    if (!target.personal && setup::restarts_units_of(settings, SystemdUnit::Scope::user))
        restarts += fmt::format(" in the user manager of {}", target.account.name);
    return fmt::format("{}: deploys {} of {} to {} as {}{}; {}\n", settings.app.text(),
                       printable(settings.branch.text()), printable(settings.repository),
                       printable(settings.directory.string()), target.account.name,
                       target.timer ? ", polls by a timer" : "", restarts);
}

/// Prints facts about a unit that an operator should know before each push restarts it.
void print_remarks(const service::Unit& unit, const InstallPlan& plan,
                   const setup::InstallTarget& target, bool existing) {
    const auto& directory = plan.settings.directory;
    const bool system = unit.scope == SystemdUnit::Scope::system;
    const auto runs_as = system && unit.user.empty() ? std::string{"root"} : unit.user;
    if (system && runs_as == "root") {
        print(fmt::format("{} runs as root: everybody who can push can run code as root\n",
                          printable(unit.name)));
    } else if (!runs_as.empty() && runs_as != target.account.name) {
        const auto closed = account::first_inaccessible_directory(runs_as, directory);
        print(fmt::format("{} runs as {}, which {} {}\n", printable(unit.name), printable(runs_as),
                          closed ? "cannot enter" : "must be able to read",
                          printable(closed.value_or(directory).string())));
    }
    if (existing || !unit.why_stopped) return;
    if (*unit.why_stopped == service::StoppedUnit::Why::masked)
        print(fmt::format("{} is masked: no deployment starts it\n", printable(unit.name)));
    else if (*unit.why_stopped == service::StoppedUnit::Why::disabled)
        print(
            fmt::format("{} is stopped and disabled. The first deployment starts it.\n"
                        "To start it at boot, run: {}\n",
                        printable(unit.name), systemctl(unit.scope, "enable", unit.name)));
}

void show(const Artifact& artifact, bool whole) {
    print(
        fmt::format("  {:<36} {}\n", printable(artifact.what), printable(artifact.path.string())));
    if (whole && artifact.kind == Artifact::Kind::text) print_lines(artifact.content, "      ");
}

void show(const InstallPlan& plan, const setup::InstallTarget& target, bool whole, bool existing) {
    print(summary(plan, target));
    for (const auto& unit : plan.units)
        print_remarks(unit, plan, target, existing);
    const auto list = [&](DiskState present, const char* heading) {
        const auto artifacts = plan.with(present);
        if (!artifacts.empty()) print(heading);
        for (const auto& artifact : artifacts)
            show(artifact, whole);
    };
    list(DiskState::no, "to be created:\n");
    list(DiskState::differs, "to be overwritten; each old file stays as FILE~:\n");
    if (!plan.superseded.empty()) print("to be removed:\n");
    for (const auto& file : plan.superseded)
        show({.what = "trigger unit", .path = file}, false);
    if (!plan.changed_keys.empty())
        print(fmt::format("  {:<36} {}\n", "keys of the settings that change",
                          fmt::join(plan.changed_keys, ", ")));
    if (plan.changes_nothing()) print("all files already exist\n");
}

/// Deploys the new app, starts the agent, and runs the doctor.
Result<ExitCode> deploy_and_start(const InstallPlan& plan, const setup::InstallTarget& target,
                                  bool answered) {
    const auto& app = plan.settings.app.text();
    if (!target.personal && setup::restarts_units_of(plan.settings, SystemdUnit::Scope::user))
        keep_manager(target, "the app's units stop when the account logs out");
    TRY(setup::start_triggers(plan.settings, target, !plan.changes_nothing()));
    auto code = ExitCode::try_later;
    if (answered) {
        print(fmt::format("deploying {}\n", app));
        code = TRY(run_as(target, {"deploy", app, "--wait", "10m"}));
    }
    const bool restart =
        !plan.changes_nothing() || setup::unit_changed(plan.settings.file, target.places.state);
    TRY(cli::start_agent(target, restart));
    print("\n");
    const auto examined = TRY(run_as(target, {"doctor", app}));
    // Without an answer the doctor fails for the reason that is printed below.
    if (answered) code = more_severe(code, examined);
    if (!answered) {
        print(fmt::format(
            "\n{} is set up. inhaul deploys it when {} can read the repository.\n"
            "To check again, run: {} {}\n",
            app, target.account.name, target.personal ? "inhaul init --user" : "sudo inhaul init",
            shell_word(plan.settings.directory.string())));
    } else if (code == ExitCode::done) {
        print(fmt::format("\n{} is live. inhaul deploys each push to {}.\n", app,
                          printable(plan.settings.branch.text())));
    }
    return code;
}

Result<void> check_rights(const GlobalOptions& global, const InitOptions& options) {
    const bool root = ::geteuid() == 0;
    if (options.user && root)
        return fail(ErrorCode::usage, "--user is for your own account, but this is root",
                    "Omit --user, or run the command as your own account.");
    if (!options.user && !root)
        return fail(ErrorCode::permission, "init needs root to write to /etc",
                    fmt::format("Run: sudo {}\nFor a unit of your own user manager, run: {}",
                                command_with(global, ""), command_with(global, "--user")));
    return {};
}

Result<ExitCode> carry_out(const GlobalOptions& global, const InitOptions& options) {
    TRY(check_rights(global, options));
    const auto prompt = options.yes ? Prompt::absent() : Prompt{};
    auto [request, relay_server] = TRY(run_init_wizard(global, options, prompt));
    const auto& target = request.target;
    request.target.timer = options.timer || timer_enabled(target.places);
    if (relay_server) request.app.relay_url = *relay_server + "/A-NEW-CHANNEL";
    auto plan = TRY(setup::plan_installation(request, options.force));
    if (!options.force && !options.dry_run) TRY(setup::check_overwriting(plan));
    show(plan, target, options.dry_run, request.existing.has_value());
    if (options.dry_run) return ExitCode::done;
    if (!options.yes && !prompt.present())
        return fail(ErrorCode::usage, "init asks for confirmation, but this is not a terminal",
                    "Run: " + command_with(global, "--yes"));
    if (prompt.present() && !prompt.agrees("Continue?")) {
        print("nothing was changed\n");
        return ExitCode::done;
    }
    const auto token = TRY(setup_token(options.setup_token, target, plan.settings, prompt, "adds"));
    if (relay_server) {
        request.app.relay_url =
            TRY(setup::create_relay_channel(*relay_server, request.app.ca_file));
        plan = TRY(setup::plan_installation(request, options.force));
    }
    TRY(setup::install(plan, target));
    const auto& settings = plan.settings;
    const bool new_key = settings.ssh_key && plan.creates(*settings.ssh_key);
    bool answered = !new_key && can_read_repository(target, settings);
    const bool new_secret = settings.relay && !settings.relay->secret_files.empty() &&
                            plan.creates(settings.relay->secret_files.front());
    const auto left =
        set_up_github({target, settings, token, answered, new_secret, plan.changes(settings.file)});
    if (options.no_start || global.config || global.state) {
        if (options.no_start && !target.personal) TRY(setup::reread_units(target));
        if (!options.no_start)
            print("nothing was started: no agent reads the directories of --config and --state\n");
        return left.key || left.webhook ? ExitCode::try_later : ExitCode::done;
    }
    if (!answered && !left.key) answered = can_read_repository(target, settings);
    if (!answered) answered = wait_for_repository(target, settings, prompt);
    const auto code = TRY(deploy_and_start(plan, target, answered));
    return code == ExitCode::done && left.webhook ? ExitCode::try_later : code;
}

}  // namespace

ExitCode init(const GlobalOptions& global, const InitOptions& options) {
    const auto code = carry_out(global, options);
    return code ? *code : report(code.error());
}

}  // namespace inhaul::cli
