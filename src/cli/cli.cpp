// SPDX-License-Identifier: Apache-2.0
#include "cli.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <inhaul/git/access.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/version.hpp>

#include <cli/accounts/each_account.hpp>
#include <cli/accounts/request.hpp>
#include <cli/output/console.hpp>
#include "../wiring.hpp"
#include "context.hpp"
#include "options.hpp"

namespace inhaul::cli {
namespace {

constexpr auto about =
    R"(inhaul deploys each push to a Git branch on a server that accepts no incoming connections. It
polls the forge, or receives push events from a webhook relay, over outgoing connections only. It
restarts the app's service, checks the result, and rolls back a commit that fails.

Each app has one TOML file, NAME.toml, in /etc/inhaul/ACCOUNT/ or ~/.config/inhaul/. An account sees
its own apps. Root sees the apps of all accounts, and ACCOUNT/APP names one of them.)";

constexpr auto closing = R"(
Examples:
  sudo inhaul init                Set up the app in this checkout. Ask for missing values.
  inhaul check                    Print the effective settings, or every problem in them.
  inhaul deploy shop              Deploy the head of the branch now.
  inhaul deploy shop --to 3f2a9c1 Deploy this commit instead; it stays until the next push.
  inhaul deploy shop --again      Repeat the live deployment, after a change of hooks or of .env.
  inhaul deploy shop --dry-run    Show the steps of a deployment, and the result of each gate.
  inhaul run                      Watch all apps and deploy each push (the systemd unit runs this).
  inhaul once                     Poll once, deploy new commits, exit: for cron and timers.
  inhaul status                   Show the live commit, its age, and whether it is the head.
  inhaul doctor shop              Check every precondition of a deployment, and print hints.
  inhaul why shop                 Print the reason for the live commit, and the next step.
  inhaul history shop             List every deployment: trigger, from, to, outcome.
  inhaul show 12                  Show deployment 12 with the output of its hooks.
  inhaul rollback shop            Deploy the commit that was live before; it stays until the next push.
  inhaul pause shop --for 2h      Stop deployments of the app for two hours.
  sudo inhaul remove shop         Undo `init`; the app's directory and history stay.

Exit status: 0 done or nothing to do, 1 failed, 2 usage error, 3 refused, 4 a deployment or the
agent holds the lock, 75 try later, 78 invalid settings.)";

constexpr auto wait_help =
    "Wait up to DURATION, such as 2m, for another deployment of the app (default: do not wait)";
constexpr auto json_help = "Print one JSON document with every detail";

/// For our own processes: the help does not show options of an empty group.
void add_hidden(CLI::App& command, const char* name, std::string& target) {
    command.add_option(name, target)->group("");
}

/// Counts from 1 to `most`. The help shows the default in words, and not the range.
void add_count(CLI::App& command, const char* name, std::size_t& target, int most,
               const char* text) {
    add_value(command, name, target, "COUNT", text)->check(CLI::Range(1, most).description(""));
}

void add_agent(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* run_command = root.add_subcommand("run",
                                            "Watch every app and deploy each push. SIGHUP rereads "
                                            "the settings. SIGTERM stops the agent.");
    run_command->callback([&] { chosen = [&] { return run(global); }; });

    auto* once_command =
        root.add_subcommand("once", "Poll each app once, deploy new commits, and exit");
    const auto options = std::make_shared<OnceOptions>();
    add_argument(*once_command, "APP", options->apps, "Apps to poll (default: all)");
    add_hidden(*once_command, "--by", options->by);
    once_command->callback(
        [&, options] { chosen = [&, options] { return once(global, *options); }; });
}

void add_deploy(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* command = root.add_subcommand("deploy", "Deploy one app now, and print the outcome");
    const auto options = std::make_shared<DeployOptions>();
    add_argument(*command, "APP", options->app, "App to deploy")->required();
    add_value(*command, "--to", options->to, "COMMIT",
              "Deploy this commit, full or abbreviated (default: the head of the branch)");
    add_value(*command, "--wait", options->wait, "DURATION", wait_help);
    command->add_flag("--force", options->force, "Deploy despite a pause, a gate or a quarantine");
    command->add_flag("--again", options->again,
                      "Repeat the live deployment: run its hooks, restart and probe");
    command->add_flag("--dry-run", options->dry_run,
                      "Show the steps of a deployment, and change nothing");
    for (auto [name, value] : {std::pair{"--trigger", &options->trigger},
                               {"--origin", &options->origin},
                               {"--expect", &options->expect}})
        add_hidden(*command, name, *value);
    command->add_flag("--resume", options->resume)->group("");
    command->callback([&, options] { chosen = [&, options] { return deploy(global, *options); }; });
}

using OperatorAction = ExitCode (*)(const GlobalOptions&, const OperatorOptions&);

/// An operator's command for one app; the caller adds its further options.
std::pair<CLI::App*, std::shared_ptr<OperatorOptions>> add_operator_action(
    CLI::App& root, const GlobalOptions& global, Chosen& chosen, const char* name, const char* text,
    OperatorAction action) {
    auto* command = root.add_subcommand(name, text);
    const auto options = std::make_shared<OperatorOptions>();
    add_argument(*command, "APP", options->app, "App to change")->required();
    add_value(*command, "--why", options->why, "REASON",
              "Record this reason in the history (default: none)");
    command->callback([&global, &chosen, options, action] {
        chosen = [&global, options, action] { return action(global, *options); };
    });
    return {command, options};
}

void add_operator_actions(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    const auto add = [&](const char* name, const char* text, OperatorAction action) {
        return add_operator_action(root, global, chosen, name, text, action);
    };
    const auto [pausing, pause_options] =
        add("pause", "Stop deployments of the app until `resume`", pause);
    add_value(*pausing, "--for", pause_options->time, "DURATION",
              "End the pause after DURATION, such as 2h (default: at `resume`)");
    add("resume", "End a pause", resume);
    const auto [pinning, pin_options] =
        add("pin", "Stay on one commit, and ignore every push", pin);
    add_argument(*pinning, "COMMIT", pin_options->commit,
                 "Commit to stay on (default: the live commit)");
    add("unpin", "Follow the branch again", unpin);
    const auto [rolling, rollback_options] =
        add("rollback", "Deploy the commit that was live before; it stays until the next push",
            rollback);
    add_argument(*rolling, "COMMIT", rollback_options->commit,
                 "Commit to deploy (default: the commit that was live before)");
    const auto [retrying, retry_options] =
        add("retry", "Clear the quarantine of failed commits, and deploy the head", retry);
    const std::pair<CLI::App*, OperatorOptions*> deploying[] = {{pinning, pin_options.get()},
                                                                {rolling, rollback_options.get()},
                                                                {retrying, retry_options.get()}};
    for (const auto& [command, options] : deploying)
        add_value(*command, "--wait", options->wait, "DURATION", wait_help);
}

void add_diagnosis(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* why_command =
        root.add_subcommand("why", "Print the reason for the live commit, and the next step");
    const auto why_app = std::make_shared<std::string>();
    add_argument(*why_command, "APP", *why_app, "App to explain")->required();
    why_command->callback(
        [&, why_app] { chosen = [&, why_app] { return why(global, *why_app); }; });

    auto* doctor_command =
        root.add_subcommand("doctor", "Check every precondition of a deployment, and print hints");
    const auto doctor_options = std::make_shared<DoctorOptions>();
    add_argument(*doctor_command, "APP", doctor_options->app, "App to check (default: all)");
    doctor_command->add_flag("--json", doctor_options->json, json_help);
    doctor_command->callback([&, doctor_options] {
        chosen = [&, doctor_options] { return doctor(global, *doctor_options); };
    });

    auto* logs_command = root.add_subcommand("logs", "Show the journal entries of one app");
    const auto logs_options = std::make_shared<LogsOptions>();
    add_argument(*logs_command, "APP", logs_options->app, "App to show")->required();
    logs_command->add_flag("-f,--follow", logs_options->follow, "Keep printing new entries");
    add_count(*logs_command, "-n,--lines", logs_options->lines, 1'000'000,
              "Show the newest COUNT entries (default: 100)");
    add_value(*logs_command, "--since", logs_options->since, "TIME",
              "Show entries from TIME on, in a format of journalctl(1) (default: no limit)");
    logs_command->callback(
        [&, logs_options] { chosen = [&, logs_options] { return logs(global, *logs_options); }; });
}

void add_reports(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* status_command =
        root.add_subcommand("status", "Show the live commit, its age, and whether it is the head");
    const auto status_options = std::make_shared<StatusOptions>();
    add_argument(*status_command, "APP", status_options->apps, "Apps to show (default: all)");
    auto* const json = status_command->add_flag("--json", status_options->json, json_help);
    status_command->add_flag("--watch", status_options->watch, "Refresh the output each second")
        ->excludes(json);
    status_command->add_flag(
        "--exit-zero", status_options->exit_zero,
        "Exit with status 0 if a head has failed, was rolled back or was refused");
    status_command->callback([&, status_options] {
        chosen = [&, status_options] { return status(global, *status_options); };
    });

    root.add_subcommand("metrics", "Print metrics in the text format of Prometheus")->callback([&] {
        chosen = [&] { return metrics(global); };
    });
    root.add_subcommand("page", "Print a page in HTML with the state of each app")->callback([&] {
        chosen = [&] { return page(global); };
    });

    auto* history_command =
        root.add_subcommand("history", "List the deployments and operator actions, newest first");
    const auto history_options = std::make_shared<HistoryOptions>();
    add_argument(*history_command, "APP", history_options->app, "App to list (default: all)");
    history_command->add_flag("--json", history_options->json, json_help);
    add_count(*history_command, "-n,--limit", history_options->limit, 10'000,
              "List the newest COUNT deployments (default: 20)");
    history_command->callback([&, history_options] {
        chosen = [&, history_options] { return history(global, *history_options); };
    });

    auto* show_command =
        root.add_subcommand("show", "Show one deployment with the output of its hooks");
    const auto show_options = std::make_shared<ShowOptions>();
    add_argument(*show_command, "NUMBER", show_options->number,
                 "Number of the deployment in `inhaul history`; as root also ACCOUNT/NUMBER")
        ->required();
    show_command->add_flag("--json", show_options->json, json_help);
    show_command->callback(
        [&, show_options] { chosen = [&, show_options] { return show(global, *show_options); }; });

    auto* check_command =
        root.add_subcommand("check", "Print the effective settings, or every problem in them");
    const auto check_options = std::make_shared<CheckOptions>();
    add_argument(*check_command, "APP", check_options->apps, "Apps to check (default: all)");
    check_command->callback([&, check_options] {
        chosen = [&, check_options] { return check(global, *check_options); };
    });
}

void add_others(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* demo_command = root.add_subcommand(
        "demo", "Show two deployments of a throwaway app: no network, no systemd, no root");
    const auto demo_options = std::make_shared<DemoOptions>();
    demo_command->add_flag("--keep", demo_options->keep, "Keep the directory of the demo");
    demo_command->callback(
        [&, demo_options] { chosen = [demo_options] { return demo(*demo_options); }; });

    auto* notify_command = root.add_subcommand(
        "notify", "Send a test message to the notification targets (requires --test)");
    const auto notify_options = std::make_shared<NotifyOptions>();
    notify_command->add_flag("--test", notify_options->test,
                             "Send a test message, and print the answer");
    add_argument(
        *notify_command, "TARGET", notify_options->target,
        "Target: NAME, APP/NAME of an app's own target, or APP/report.github (default: all)");
    notify_command->add_flag("--if-any", notify_options->if_any)->group("");
    notify_command->callback([&, notify_options] {
        chosen = [&, notify_options] { return notify(global, *notify_options); };
    });
    auto* mail_command = root.add_subcommand("mail", "")->group("");
    mail_command->callback([&] { chosen = [] { return mail(); }; });

    auto* head_command = root.add_subcommand("head", "")->group("");
    const auto app = std::make_shared<std::string>();
    head_command->add_option("APP", *app)->required();
    head_command->callback([&, app] { chosen = [&, app] { return head(global, *app); }; });

    // `init` runs this as the account that owns the directory.
    auto* checkout_command = root.add_subcommand("checkout", "")->group("");
    const auto directory = std::make_shared<std::string>();
    checkout_command->add_option("DIRECTORY", *directory)->required();
    checkout_command->callback(
        [&, directory] { chosen = [directory] { return checkout(*directory); }; });

    auto* version_command = root.add_subcommand("version", "Print the version");
    version_command->callback([&] {
        chosen = [] {
            print(fmt::format("inhaul {}\n", version));
            return ExitCode::done;
        };
    });
}

/// Answers ssh, which runs this program to ask for the passphrase of a key.
ExitCode answer_ssh(const std::string& file) {
    constexpr std::size_t largest_passphrase = 64 * 1024;
    const auto passphrase = file::read_private(file, largest_passphrase);
    if (!passphrase) return report(passphrase.error());
    print_as_it_is(std::string{trimmed(passphrase->reveal())} + "\n");
    return ExitCode::done;
}

}  // namespace

ExitCode main(int argc, char** argv) {
    process::open_missing_standard_files();
    process::keep_memory_private();
    file::use_sane_umask();
    CLI::App root{about, "inhaul"};
    root.require_subcommand(1);
    root.fallthrough();
    root.set_help_flag("-h,--help", "Print this help");
    root.set_version_flag("--version", fmt::format("inhaul {}", version), "Print the version");
    if (const auto file = file::environment(git::passphrase_variable)) return answer_ssh(*file);
    GlobalOptions global;
    add_value(root, "--config", global.config, "DIRECTORY",
              "Read the apps' settings in DIRECTORY (default: /etc/inhaul/ACCOUNT, else "
              "~/.config/inhaul)");
    add_value(root, "--state", global.state, "DIRECTORY",
              "Keep the ledger in DIRECTORY (default: /var/lib/inhaul/ACCOUNT, else "
              "~/.local/state/inhaul)");
    root.add_flag("-v,--verbose", global.verbose, "Log debug messages");

    Chosen chosen;
    add_setup(root, global, chosen);
    add_agent(root, global, chosen);
    add_deploy(root, global, chosen);
    add_operator_actions(root, global, chosen);
    add_reports(root, global, chosen);
    add_diagnosis(root, global, chosen);
    add_others(root, global, chosen);
    root.footer(closing);  // last: each subcommand copies the footer when it is added
    try {
        root.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return print_parse_error(root, error);
    }
    if (global.verbose) log::set_level(log::Level::debug);
    wiring::log_to_journal();
    const auto request = request_of(*root.get_subcommands().front(), global);
    global.command = request.words();
    const auto delegated = carry_out_for_accounts(global, request);
    const auto code = delegated ? *delegated : chosen();
    const auto fault = output_fault();
    if (!fault || code != ExitCode::done) return code;
    print_error(*fault);
    return ExitCode::failed;
}

}  // namespace inhaul::cli
