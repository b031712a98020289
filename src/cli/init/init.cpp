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
    std::vector<Planned> artifacts;              ///< in the order in which they are made
    std::vector<std::string> changed_keys = {};  ///< of settings that there are
    std::vector<service::Unit> units = {};       ///< that are restarted, as systemd knows them

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
        return with(Present::as_wanted).size() == artifacts.size();
    }
};

/// What config::inspect() has against settings whose files are not there yet.
bool will_be_mended(const config::Problem& problem, const Plan& plan) {
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

bool restarts_units_of(const Settings& settings, SystemdUnit::Scope scope) {
    const auto* const units = std::get_if<SystemdUnits>(&settings.service);
    return units != nullptr && units->scope == scope;
}

/// As systemd knows them: by their Ids. Those that it cannot be asked for are not there.
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

/// The settings as they are, but for the names of units: polkit is told Ids.
Settings with_ids(Settings settings, const std::vector<service::Unit>& units) {
    auto* const named = std::get_if<SystemdUnits>(&settings.service);
    if (named == nullptr || units.size() != named->names.size()) return settings;
    for (std::size_t i = 0; i < units.size(); ++i)
        named->names[i] = units[i].name;
    return settings;
}

/// Without permission there is no restart: better told now than after the first push.
Result<void> check_polkit(const Plan& plan, const setup::InstallTarget& target) {
    const auto rules = target.etc / "polkit-1" / "rules.d";
    std::error_code ignored;
    if (!restarts_units_of(plan.settings, SystemdUnit::Scope::system) ||
        fs::is_directory(rules, ignored))
        return {};
    return fail(ErrorCode::not_found,
                fmt::format("polkit, which lets an account restart a unit, is not here: no {}",
                            rules.string()),
                "Install it: apt install polkitd");
}

/// What there is stays, and is added to; unless it is told to be written anew.
Result<std::string> text_for(const Answers& answers, bool force) {
    if (!answers.there) return setup::settings_text(answers.app);
    auto text = setup::extended(answers.written, *answers.there, answers.app);
    return text || !force ? std::move(text) : setup::settings_text(answers.app);
}

/// What keeps commits out does not go by the way.
Result<void> check_changes(const Plan& plan) {
    std::string gates;
    for (const auto& key : plan.changed_keys)
        if (key.starts_with("require.")) gates += (gates.empty() ? "" : ", ") + key;
    if (gates.empty()) return {};
    return fail(ErrorCode::refused,
                fmt::format("{}: written anew it would not have {}, which keeps commits out",
                            plan.settings.file.string(), gates),
                "Change the file itself, and run this again without --force.");
}

Result<Plan> plan_for(const Answers& answers, bool force) {
    const auto& target = answers.target;
    // As the account: `~` is its home, and it must be able to read and write what is named.
    std::optional<account::ActingAs> acting{TRY(account::ActingAs::account(target.account))};
    const auto file = target.places.settings / (answers.app.name + ".toml");
    // First what was told: a password in a URL is not repeated.
    const auto told = config::parse(setup::settings_text(answers.app), file);
    if (told.apps.empty()) return fail(wrong_settings(told.problems.front()));
    const auto text = TRY(text_for(answers, force));
    auto parsed = config::parse(text, file);
    if (parsed.apps.empty()) return fail(wrong_settings(parsed.problems.front()));
    Plan plan{std::move(parsed.apps.front()), {}};
    if (answers.there) plan.changed_keys = setup::changed_keys(*answers.there, plan.settings);
    TRY(check_changes(plan));
    const auto problems = config::inspect(plan.settings, text);
    acting.reset();
    plan.units = TRY(known_units(plan.settings, target));
    for (auto& artifact : setup::artifacts_of(with_ids(plan.settings, plan.units), text, target)) {
        const auto present = TRY(setup::look_for(artifact));
        plan.artifacts.push_back({std::move(artifact), present});
    }
    for (const auto& problem : problems)
        if (!will_be_mended(problem, plan)) return fail(wrong_settings(problem));
    TRY(check_polkit(plan, target));
    if (!target.personal && !setup::is_roots_alone(target.places.settings))
        return fail(ErrorCode::refused,
                    fmt::format("{} is not root's alone: root does not write there",
                                printable(target.places.settings.string())),
                    "Give it and what is above it to root, or leave --config out.");
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
        restarts += fmt::format(" of {}'s own manager", target.account.name);
    return fmt::format("{}: {} of {}, into {}, deployed by {}{}; {}\n", settings.app.text(),
                       printable(settings.branch.text()), printable(settings.repository),
                       printable(settings.directory.string()), target.account.name,
                       target.timer ? ", asked by a timer" : "", restarts);
}

/// What a person should know of a unit before it is restarted by each push.
void tell_about(const service::Unit& unit, const Plan& plan, const setup::InstallTarget& target,
                bool there) {
    const auto& directory = plan.settings.directory;
    const bool system = unit.scope == SystemdUnit::Scope::system;
    const auto runs_as = system && unit.user.empty() ? std::string{"root"} : unit.user;
    if (system && runs_as == "root") {
        print(fmt::format("{} runs as root: what is pushed runs as root\n", printable(unit.name)));
    } else if (!runs_as.empty() && runs_as != target.account.name) {
        const auto closed = account::closed_to(runs_as, directory);
        print(fmt::format("{} runs as {}, which {} {}\n", printable(unit.name), printable(runs_as),
                          closed ? "cannot enter" : "must be able to read",
                          printable(closed.value_or(directory).string())));
    }
    if (there || !unit.rests) return;
    if (*unit.rests == service::Resting::Why::masked)
        print(fmt::format("{} is masked, and is not started\n", printable(unit.name)));
    else if (*unit.rests == service::Resting::Why::disabled)
        print(fmt::format(
            "{} is stopped and disabled: the first deployment starts it, and `systemctl "
            "{}enable {}` lets it start with the host\n",
            printable(unit.name), system ? "" : "--user ", printable(unit.name)));
}

void show(const Artifact& artifact, bool whole) {
    print(
        fmt::format("  {:<35} {}\n", printable(artifact.what), printable(artifact.path.string())));
    if (whole && artifact.kind == Artifact::Kind::text) print_lines(artifact.content, "      ");
}

void show(const Plan& plan, const setup::InstallTarget& target, bool whole, bool there) {
    print(summary(plan, target));
    for (const auto& unit : plan.units)
        tell_about(unit, plan, target, there);
    const auto list = [&](Present present, const char* heading) {
        const auto artifacts = plan.with(present);
        if (!artifacts.empty()) print(heading);
        for (const auto& artifact : artifacts)
            show(artifact, whole);
    };
    list(Present::no, "to be made:\n");
    list(Present::otherwise, "to be changed, the old one kept as PATH~:\n");
    if (!plan.changed_keys.empty())
        print(fmt::format("  {:<35} {}\n", "keys of the settings that change",
                          fmt::join(plan.changed_keys, ", ")));
    if (plan.changes_nothing()) print("all of its files are there\n");
}

/// An older version wrote it, and no person has changed it since.
bool is_older(const Artifact& artifact) {
    const auto content = file::read(artifact.path, config::largest_file);
    return content && std::find(artifact.older.begin(), artifact.older.end(), *content) !=
                          artifact.older.end();
}

Result<void> check_overwriting(const Plan& plan, bool force) {
    std::string files;
    for (const auto& artifact : plan.with(Present::otherwise)) {
        // Settings that are otherwise and not refused have been added to.
        if (force || artifact.path == plan.settings.file || is_older(artifact)) continue;
        files += (files.empty() ? "" : ", ") + artifact.path.string();
    }
    if (files.empty()) return {};
    return fail(
        ErrorCode::refused, fmt::format("there already, with something else in it: {}", files),
        "--force writes them anew, and keeps the old ones beside them; --dry-run shows what "
        "they would hold.");
}

/// All of it or nothing.
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

/// Deploys, watches and examines what has been set up.
Result<ExitCode> set_going(const Plan& plan, const setup::InstallTarget& target, bool answered) {
    const auto& app = plan.settings.app.text();
    if (!target.personal && restarts_units_of(plan.settings, SystemdUnit::Scope::user))
        keep_manager(target, "the app's units end when the account logs out");
    auto code = ExitCode::try_later;
    if (answered) {
        print(fmt::format("deploying {}\n", app));
        code = TRY(run_as(target, {"deploy", app, "--wait", "10m"}));
    }
    TRY(start_agent(target, !plan.changes_nothing()));
    print("\n");
    const auto examined = TRY(run_as(target, {"doctor", app}));
    // Without an answer the doctor has a reason to complain that is told below.
    if (answered) code = more_severe(code, examined);
    if (!answered) {
        print(
            fmt::format("\n{} is set up. As soon as the repository lets {} read it, it is deployed "
                        "by itself; inhaul init looks again.\n",
                        app, target.account.name));
    } else if (code == ExitCode::done) {
        print(fmt::format("\n{} is live, and each push to {} will be.\n", app,
                          printable(plan.settings.branch.text())));
    }
    return code;
}

Result<void> check_rights(const InitOptions& options) {
    const bool root = ::geteuid() == 0;
    if (options.user && root)
        return fail(ErrorCode::usage, "--user is for a person's own account, and this is root",
                    "Leave it out, or run this as that person.");
    if (!options.user && !root)
        return fail(ErrorCode::permission, "only root can let an account restart a unit",
                    "Run it with sudo; or with --user, for a unit of your own manager's.");
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
    show(plan, answers.target, options.dry_run, answers.there.has_value());
    if (options.dry_run) return ExitCode::done;
    if (prompt.present() && !prompt.agrees("Go on?")) return ExitCode::done;
    const auto& target = answers.target;
    const auto token = TRY(setup_token(options.setup_token, target, plan.settings, prompt));
    if (answers.relay_server) {
        answers.app.relay_url = TRY(begin_channel(*answers.relay_server, answers.app.ca_file));
        plan = TRY(plan_for(answers, options.force));
    }
    TRY(make(plan, target));
    const auto& settings = plan.settings;
    const bool new_key = settings.ssh_key && plan.makes(*settings.ssh_key);
    bool answered = !new_key && repository_answers(target, settings);
    const bool new_secret = settings.relay && !settings.relay->secret_files.empty() &&
                            plan.makes(settings.relay->secret_files.front());
    const auto left =
        register_app({target, settings, token, answered, new_secret, plan.changes(settings.file)});
    if (options.no_start || global.config || global.state) {
        if (!options.no_start)
            print("nothing is started: the agent reads its settings elsewhere\n");
        return left.key || left.webhook ? ExitCode::try_later : ExitCode::done;
    }
    if (!answered && !left.key) answered = repository_answers(target, settings);
    if (!answered) answered = answers_in_time(target, settings, prompt);
    const auto code = TRY(set_going(plan, target, answered));
    return code == ExitCode::done && left.webhook ? ExitCode::try_later : code;
}

}  // namespace

ExitCode init(const GlobalOptions& global, const InitOptions& options) {
    const auto code = carry_out(global, options);
    return code ? *code : report(code.error());
}

}  // namespace inhaul::cli
