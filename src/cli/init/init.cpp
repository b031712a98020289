// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <inhaul/service/units.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

#include <cli/cli.hpp>
#include <cli/context.hpp>
#include <cli/output/console.hpp>
#include "agent_start.hpp"
#include "agent_units.hpp"
#include "github_setup.hpp"
#include "init_wizard.hpp"
#include "restart_permission.hpp"

namespace inhaul::cli {
namespace {

namespace fs = std::filesystem;
using setup::Artifact;
using setup::Present;

struct Planned {
    Artifact artifact;
    Present present;
};

struct Plan {
    Settings settings;
    std::vector<Planned> artifacts;              ///< in the order of their installation
    std::vector<std::string> changed_keys = {};  ///< of existing settings
    std::vector<service::Unit> units = {};       ///< the app's units, as systemd knows them
    std::vector<fs::path> superseded = {};       ///< files of root's units to remove

    [[nodiscard]] std::vector<Artifact> all() const {
        std::vector<Artifact> found;
        for (const auto& planned : artifacts)
            found.push_back(planned.artifact);
        return found;
    }

    [[nodiscard]] std::vector<Artifact> with(Present present) const {
        std::vector<Artifact> found;
        for (const auto& planned : artifacts)
            if (planned.present == present) found.push_back(planned.artifact);
        return found;
    }
    [[nodiscard]] bool makes(const fs::path& path) const {
        return std::any_of(artifacts.begin(), artifacts.end(), [&](const Planned& planned) {
            return planned.artifact.path == path && planned.present == Present::no;
        });
    }
    [[nodiscard]] bool changes(const fs::path& path) const {
        return std::any_of(artifacts.begin(), artifacts.end(), [&](const Planned& planned) {
            return planned.artifact.path == path && planned.present != Present::as_wanted;
        });
    }
    [[nodiscard]] bool changes_nothing() const {
        return with(Present::as_wanted).size() == artifacts.size() && superseded.empty();
    }
};

/// Whether the problem from config::inspect() ends when the planned files exist.
bool ends_with_plan(const config::Problem& problem, const Plan& plan) {
    const auto& settings = plan.settings;
    if (problem.key == "auth.ssh_key") return plan.makes(*settings.ssh_key);
    if (problem.key == "relay.secret_file") return plan.makes(settings.relay->secret_files.front());
    return problem.key == "directory" && plan.makes(settings.directory);
}

Error wrong_settings(const config::Problem& problem) {
    return {
        ErrorCode::configuration,
        problem.key.empty() ? problem.message : fmt::format("{}: {}", problem.key, problem.message),
        problem.hint};
}

/// Returns the units with their Ids, without those that systemd does not know.
Result<std::vector<service::Unit>> known_units(const Settings& settings,
                                               const setup::InstallTarget& target) {
    std::vector<service::Unit> found;
    const auto* const units = std::get_if<SystemdUnits>(&settings.service);
    if (units == nullptr) return found;
    std::optional<account::ActingAs> acting;
    if (units->scope == SystemdUnit::Scope::user)
        acting.emplace(TRY(account::ActingAs::account(target.account)));
    for (const auto& name : units->names)
        if (auto unit = service::unit_named(units->scope, name); unit && *unit)
            found.push_back(std::move(**unit));
    return found;
}

/// Replaces the names of units by their Ids, which the polkit rule needs.
Settings with_ids(Settings settings, const std::vector<service::Unit>& units) {
    auto* const named = std::get_if<SystemdUnits>(&settings.service);
    if (named == nullptr || units.size() != named->names.size()) return settings;
    for (std::size_t i = 0; i < units.size(); ++i)
        named->names[i] = units[i].name;
    return settings;
}

/// Extends existing settings; `force` replaces them instead.
Result<std::string> text_for(const Answers& answers, bool force) {
    if (!answers.existing) return setup::settings_text(answers.app);
    auto text = setup::extended(answers.written, *answers.existing, answers.app);
    return text || !force ? std::move(text) : setup::settings_text(answers.app);
}

/// No gate is removed without an explicit edit.
Result<void> check_changes(const Plan& plan) {
    std::string gates;
    for (const auto& key : plan.changed_keys)
        if (key.starts_with("require.")) gates += (gates.empty() ? "" : ", ") + key;
    if (gates.empty()) return {};
    return fail(
        ErrorCode::refused,
        fmt::format("overwrite {}: it would lose the gates {}", plan.settings.file.string(), gates),
        "Edit the file yourself, and run this again without --force.");
}

Result<Plan> plan_for(const Answers& answers, bool force) {
    const auto& target = answers.target;
    // As the account: `~` is its home, and it must be able to access the named files.
    std::optional<account::ActingAs> acting{TRY(account::ActingAs::account(target.account))};
    const auto file = target.places.settings / (answers.app.name + ".toml");
    // Check the options first: this error does not repeat a password in a URL.
    const auto from_options = config::parse(setup::settings_text(answers.app), file);
    if (from_options.apps.empty()) return fail(wrong_settings(from_options.problems.front()));
    const auto text = TRY(text_for(answers, force));
    auto parsed = config::parse(text, file);
    if (parsed.apps.empty()) return fail(wrong_settings(parsed.problems.front()));
    Plan plan{std::move(parsed.apps.front()), {}};
    if (answers.existing) plan.changed_keys = setup::changed_keys(*answers.existing, plan.settings);
    TRY(check_changes(plan));
    const auto problems = config::inspect(plan.settings, text);
    acting.reset();
    plan.units = TRY(known_units(plan.settings, target));
    for (auto& artifact : setup::artifacts_of(with_ids(plan.settings, plan.units), text, target)) {
        const auto present = TRY(setup::look_for(artifact));
        plan.artifacts.push_back({std::move(artifact), present});
    }
    for (const auto& problem : problems)
        if (!ends_with_plan(problem, plan)) return fail(wrong_settings(problem));
    TRY(check_polkit(plan.settings, target));
    plan.superseded = superseded_triggers(plan.settings, target, plan.all());
    if (!target.personal && !setup::only_root_can_change(target.places.settings))
        return fail(ErrorCode::refused,
                    fmt::format("other accounts can change {}: root does not write there",
                                printable(target.places.settings.string())),
                    "Make root the owner of the directory and of its parents, or omit --config.");
    return plan;
}

std::string summary(const Plan& plan, const setup::InstallTarget& target) {
    const auto& settings = plan.settings;
    const auto* const units = std::get_if<SystemdUnits>(&settings.service);
    auto restarts =
        units == nullptr
            ? std::string{"nothing is restarted"}
            : printable(fmt::format("restarts {}", fmt::join(units->names, ", ")), 1000);
    if (!target.personal && restarts_units_of(settings, SystemdUnit::Scope::user))
        restarts += fmt::format(" in {}'s service manager", target.account.name);
    return fmt::format("{}: deploys {} of {} to {} as {}{}; {}\n", settings.app.text(),
                       printable(settings.branch.text()), printable(settings.repository),
                       printable(settings.directory.string()), target.account.name,
                       target.timer ? ", polls by a timer" : "", restarts);
}

/// Prints what an operator should know about a unit before each push restarts it.
void print_remarks(const service::Unit& unit, const Plan& plan, const setup::InstallTarget& target,
                   bool existing) {
    const auto& directory = plan.settings.directory;
    const bool system = unit.scope == SystemdUnit::Scope::system;
    const auto runs_as = system && unit.user.empty() ? std::string{"root"} : unit.user;
    if (system && runs_as == "root") {
        print(fmt::format("{} runs as root: every push runs as root\n", printable(unit.name)));
    } else if (!runs_as.empty() && runs_as != target.account.name) {
        const auto closed = account::closed_to(runs_as, directory);
        print(fmt::format("{} runs as {}, which {} {}\n", printable(unit.name), printable(runs_as),
                          closed ? "cannot enter" : "must be able to read",
                          printable(closed.value_or(directory).string())));
    }
    if (existing || !unit.rests) return;
    if (*unit.rests == service::Resting::Why::masked)
        print(fmt::format("{} is masked: no deployment starts it\n", printable(unit.name)));
    else if (*unit.rests == service::Resting::Why::disabled)
        print(
            fmt::format("{} is stopped and disabled: the first deployment starts it; to start it "
                        "at boot, run: systemctl {}enable {}\n",
                        printable(unit.name), system ? "" : "--user ", printable(unit.name)));
}

void show(const Artifact& artifact, bool whole) {
    print(
        fmt::format("  {:<36} {}\n", printable(artifact.what), printable(artifact.path.string())));
    if (whole && artifact.kind == Artifact::Kind::text) print_lines(artifact.content, "      ");
}

void show(const Plan& plan, const setup::InstallTarget& target, bool whole, bool existing) {
    print(summary(plan, target));
    for (const auto& unit : plan.units)
        print_remarks(unit, plan, target, existing);
    const auto list = [&](Present present, const char* heading) {
        const auto artifacts = plan.with(present);
        if (!artifacts.empty()) print(heading);
        for (const auto& artifact : artifacts)
            show(artifact, whole);
    };
    list(Present::no, "to be created:\n");
    list(Present::otherwise, "to be changed, with each old file kept as PATH~:\n");
    if (!plan.superseded.empty()) print("to be removed:\n");
    for (const auto& file : plan.superseded)
        show({.what = "restart on request", .path = file}, false);
    if (!plan.changed_keys.empty())
        print(fmt::format("  {:<36} {}\n", "keys of the settings that change",
                          fmt::join(plan.changed_keys, ", ")));
    if (plan.changes_nothing()) print("all files exist already\n");
}

/// Whether an older version wrote the file, and nobody has changed it since.
bool is_older(const Artifact& artifact) {
    const auto content = file::read(artifact.path, config::largest_file);
    return content && std::find(artifact.older.begin(), artifact.older.end(), *content) !=
                          artifact.older.end();
}

Result<void> check_overwriting(const Plan& plan, bool force) {
    std::string files;
    for (const auto& artifact : plan.with(Present::otherwise)) {
        // Differing settings that were not refused have been extended.
        if (force || artifact.path == plan.settings.file || is_older(artifact)) continue;
        files += (files.empty() ? "" : ", ") + artifact.path.string();
    }
    if (files.empty()) return {};
    return fail(ErrorCode::refused, fmt::format("already exists with other content: {}", files),
                "Run it with --dry-run to see the new content, or with --force to overwrite each "
                "file and keep the old one as FILE~.");
}

/// Installs all artifacts or none.
Result<void> make(const Plan& plan, const setup::InstallTarget& target) {
    const process::SignalBlocker blocker;
    setup::Installation installation{target};
    for (const auto& [artifact, present] : plan.artifacts) {
        setup::sweep_beside(artifact);
        if (present == Present::as_wanted) continue;
        if (blocker.asked_to_stop())
            return fail(ErrorCode::failed, "interrupted: nothing was changed");
        TRY_WITHIN("set up " + plan.settings.app.text(), installation.put(artifact, present));
    }
    installation.keep();
    return {};
}

/// Deploys the new app, starts the agent, and runs the doctor.
Result<ExitCode> deploy_and_start(const Plan& plan, const setup::InstallTarget& target,
                                  bool answered) {
    const auto& app = plan.settings.app.text();
    if (!target.personal && restarts_units_of(plan.settings, SystemdUnit::Scope::user))
        keep_manager(target, "the app's units stop when the account logs out");
    TRY(start_triggers(plan.settings, target, !plan.changes_nothing()));
    auto code = ExitCode::try_later;
    if (answered) {
        print(fmt::format("deploying {}\n", app));
        code = TRY(run_as(target, {"deploy", app, "--wait", "10m"}));
    }
    TRY(start_agent(target, !plan.changes_nothing()));
    print("\n");
    const auto examined = TRY(run_as(target, {"doctor", app}));
    // Without an answer the doctor fails for the reason that is printed below.
    if (answered) code = more_severe(code, examined);
    if (!answered) {
        print(
            fmt::format("\n{} is set up. It is deployed as soon as {} can read the repository. To "
                        "check again, run: inhaul init\n",
                        app, target.account.name));
    } else if (code == ExitCode::done) {
        print(fmt::format("\n{} is live. inhaul deploys each push to {}.\n", app,
                          printable(plan.settings.branch.text())));
    }
    return code;
}

Result<void> check_rights(const InitOptions& options) {
    const bool root = ::geteuid() == 0;
    if (options.user && root)
        return fail(ErrorCode::usage, "--user is for your own account, but this is root",
                    "Omit --user, or run this as your own account.");
    if (!options.user && !root)
        return fail(ErrorCode::permission, "init needs root to permit an account to restart a unit",
                    "Run it with sudo, or with --user for a unit of your own service manager.");
    return {};
}

Result<ExitCode> carry_out(const GlobalOptions& global, const InitOptions& options) {
    TRY(check_rights(options));
    const auto prompt = options.yes ? Prompt::absent() : Prompt{};
    auto answers = TRY(run_init_wizard(global, options, prompt));
    answers.target.timer = options.timer || timer_enabled(answers.target.places);
    if (answers.relay_server) answers.app.relay_url = *answers.relay_server + "/A-NEW-CHANNEL";
    auto plan = TRY(plan_for(answers, options.force));
    TRY(check_overwriting(plan, options.force || options.dry_run));
    show(plan, answers.target, options.dry_run, answers.existing.has_value());
    if (options.dry_run) return ExitCode::done;
    if (prompt.present() && !prompt.agrees("Continue?")) return ExitCode::done;
    const auto& target = answers.target;
    const auto token = TRY(setup_token(options.setup_token, target, plan.settings, prompt));
    if (answers.relay_server) {
        answers.app.relay_url = TRY(begin_channel(*answers.relay_server, answers.app.ca_file));
        plan = TRY(plan_for(answers, options.force));
    }
    TRY(make(plan, target));
    TRY(end_triggers(target, plan.superseded));
    const auto& settings = plan.settings;
    const bool new_key = settings.ssh_key && plan.makes(*settings.ssh_key);
    bool answered = !new_key && repository_answers(target, settings);
    const bool new_secret = settings.relay && !settings.relay->secret_files.empty() &&
                            plan.makes(settings.relay->secret_files.front());
    const auto left =
        register_app({target, settings, token, answered, new_secret, plan.changes(settings.file)});
    if (options.no_start || global.config || global.state) {
        if (!options.no_start) print("nothing is started: the agent reads other directories\n");
        return left.key || left.webhook ? ExitCode::try_later : ExitCode::done;
    }
    if (!answered && !left.key) answered = repository_answers(target, settings);
    if (!answered) answered = answers_in_time(target, settings, prompt);
    const auto code = TRY(deploy_and_start(plan, target, answered));
    return code == ExitCode::done && left.webhook ? ExitCode::try_later : code;
}

}  // namespace

ExitCode init(const GlobalOptions& global, const InitOptions& options) {
    const auto code = carry_out(global, options);
    return code ? *code : report(code.error());
}

}  // namespace inhaul::cli
