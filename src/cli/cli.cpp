#include "cli.hpp"

#include <cstdio>
#include <functional>

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

namespace inhaul::cli {
namespace {

constexpr auto about =
    R"(inhaul draws what is pushed to a Git branch onto this server and restarts the service that runs
it. It only ever makes outgoing connections: no webhook, no open port, no root.

One TOML file for each app, in /etc/inhaul/ACCOUNT/ or ~/.config/inhaul/; the file's name is the
app's name.)";

constexpr auto closing = R"(
Examples:
  inhaul init                     Set up the app whose checkout is here; asks for the rest.
  inhaul check                    Are the settings right? What do they come to?
  inhaul deploy shop              Deploy the branch's head now.
  inhaul deploy shop --to 3f2a9c1 Deploy that commit instead; stays until the next push.
  inhaul deploy shop --again      Once more, after a change of hooks or of .env.
  inhaul run                      Watch all apps and deploy each push (the systemd unit does this).
  inhaul once                     Ask once, deploy what is new, end: for cron and timers.
  inhaul status                   What is live, since when, and when GitHub last really answered.
  inhaul doctor shop              What keeps it from being deployed, and what to do about it?
  inhaul why shop                 Why is that live, and what happens next?
  inhaul history shop             Every deployment: why, from, to, how it ended.
  inhaul show 12                  One deployment, with what its hooks said.
  inhaul deploy shop --dry-run    What would be done, and what every gate says.
  inhaul rollback shop            Back to what was live before; stays until the next push.
  inhaul pause shop --for 2h      Deploy nothing meanwhile.
  inhaul remove shop              Take the app out; its directory and history stay.

Exit status: 0 done or nothing to do, 1 failed, 2 wrong usage, 3 refused, 4 another deployment
holds the lock, 75 try later, 78 wrong settings.)";

/// What was chosen: run after parsing, so that commands never run inside CLI11.
using Chosen = std::function<ExitCode()>;

void add_watching(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* run_command = root.add_subcommand(
        "run", "Watch every app and deploy each push; ends on SIGTERM, rereads settings on SIGHUP");
    run_command->callback([&] { chosen = [&] { return run(global); }; });

    auto* once_command =
        root.add_subcommand("once", "Ask once for each app, deploy what is new, and end");
    const auto options = std::make_shared<OnceOptions>();
    once_command->add_option("APP", options->apps, "Only these apps");
    once_command->add_option("--by", options->by)->group("");  // root's, for an account
    once_command->callback(
        [&, options] { chosen = [&, options] { return once(global, *options); }; });
}

void add_deploy(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* command = root.add_subcommand("deploy", "Deploy one app now and say how it went");
    const auto options = std::make_shared<DeployOptions>();
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("--to", options->to,
                        "This commit (full or short) instead of the branch's head");
    command->add_option(
        "--wait", options->wait,
        "Wait so long for another deployment of the app, such as 2m (default: not)");
    command->add_flag("--force", options->force,
                      "In spite of a pause, a gate that says no, or a quarantine");
    command->add_flag("--again", options->again,
                      "Hooks, restart and probe once more, of what is live");
    command->add_flag("--dry-run", options->dry_run, "Only say what would be done");
    // The watcher's own; empty groups are not shown.
    command->add_option("--trigger", options->trigger)->group("");
    command->add_option("--origin", options->origin)->group("");
    command->add_option("--expect", options->expect)->group("");
    command->callback([&, options] { chosen = [&, options] { return deploy(global, *options); }; });
}

using OperatorAction = ExitCode (*)(const GlobalOptions&, const OperatorOptions&);

/// A command that orders something about one app; what else it takes is the caller's to add.
std::pair<CLI::App*, std::shared_ptr<OperatorOptions>> add_operator_action(
    CLI::App& root, const GlobalOptions& global, Chosen& chosen, const char* name, const char* text,
    OperatorAction decreed) {
    auto* command = root.add_subcommand(name, text);
    const auto options = std::make_shared<OperatorOptions>();
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("--why", options->why, "A word for the history");
    command->callback([&global, &chosen, options, decreed] {
        chosen = [&global, options, decreed] { return decreed(global, *options); };
    });
    return {command, options};
}

void add_decrees(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    const auto add = [&](const char* name, const char* text, OperatorAction decreed) {
        return add_operator_action(root, global, chosen, name, text, decreed);
    };
    const auto [pausing, pause_options] = add("pause", "Deploy nothing until `resume`", pause);
    pausing->add_option("--for", pause_options->time, "At most so long, such as 2h");
    add("resume", "End a pause", resume);
    const auto [pinning, pin_options] = add("pin", "Stay on a commit, whatever is pushed", pin);
    pinning->add_option("COMMIT", pin_options->commit, "Which (default: what is live)");
    add("unpin", "Follow the branch again", unpin);
    const auto [rolling, rollback_options] =
        add("rollback", "Deploy what was live before; stays until the next push", rollback);
    rolling->add_option("COMMIT", rollback_options->commit, "Or this commit");
    const auto [retrying, retry_options] =
        add("retry", "Lift the quarantine of commits that failed, and deploy the head", retry);
    const std::pair<CLI::App*, OperatorOptions*> deploying[] = {{pinning, pin_options.get()},
                                                                {rolling, rollback_options.get()},
                                                                {retrying, retry_options.get()}};
    for (const auto& [command, options] : deploying)
        command->add_option("--wait", options->wait,
                            "Wait so long for another deployment of the app (default: not)");
}

void add_explaining(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* why_command =
        root.add_subcommand("why", "Why what is live is live, and what happens next");
    const auto why_app = std::make_shared<std::string>();
    why_command->add_option("APP", *why_app, "The app")->required();
    why_command->callback(
        [&, why_app] { chosen = [&, why_app] { return why(global, *why_app); }; });

    auto* doctor_command = root.add_subcommand(
        "doctor", "Look for what keeps an app from being deployed, and say what to do");
    const auto doctor_options = std::make_shared<DoctorOptions>();
    doctor_command->add_option("APP", doctor_options->app, "Only this app");
    doctor_command->add_flag("--json", doctor_options->json, "One JSON document");
    doctor_command->callback([&, doctor_options] {
        chosen = [&, doctor_options] { return doctor(global, *doctor_options); };
    });

    auto* logs_command = root.add_subcommand("logs", "What the journal has of one app");
    const auto logs_options = std::make_shared<LogsOptions>();
    logs_command->add_option("APP", logs_options->app, "The app")->required();
    logs_command->add_flag("-f,--follow", logs_options->follow, "Wait for more");
    logs_command->add_option("-n,--lines", logs_options->lines, "How many, the newest")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    logs_command->add_option("--since", logs_options->since, "From then on, as journalctl(1)");
    logs_command->callback(
        [&, logs_options] { chosen = [&, logs_options] { return logs(global, *logs_options); }; });
}

void add_looking(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* status_command =
        root.add_subcommand("status", "What is live, and whether that is the head");
    const auto status_options = std::make_shared<StatusOptions>();
    status_command->add_option("APP", status_options->apps, "Only these apps");
    auto* const json = status_command->add_flag("--json", status_options->json,
                                                "One JSON document, with every detail");
    status_command->add_flag("--watch", status_options->watch, "Show it anew each second")
        ->excludes(json);
    status_command->callback([&, status_options] {
        chosen = [&, status_options] { return status(global, *status_options); };
    });

    auto* history_command = root.add_subcommand("history", "The deployments, newest first");
    const auto history_options = std::make_shared<HistoryOptions>();
    history_command->add_option("APP", history_options->app, "Only this app");
    history_command->add_flag("--json", history_options->json,
                              "One JSON document, with every detail");
    history_command->add_option("-n,--limit", history_options->limit, "How many")
        ->capture_default_str()
        ->check(CLI::Range(1, 10000));
    history_command->callback([&, history_options] {
        chosen = [&, history_options] { return history(global, *history_options); };
    });

    auto* show_command = root.add_subcommand("show", "One deployment, with what its hooks said");
    const auto show_options = std::make_shared<ShowOptions>();
    show_command->add_option("NUMBER", show_options->number, "As `inhaul history` has it")
        ->required();
    show_command->add_flag("--json", show_options->json, "One JSON document, with every detail");
    show_command->callback(
        [&, show_options] { chosen = [&, show_options] { return show(global, *show_options); }; });

    auto* check_command =
        root.add_subcommand("check", "Print the effective settings, or everything that is wrong");
    const auto check_options = std::make_shared<CheckOptions>();
    check_command->add_option("APP", check_options->apps, "Only these apps");
    check_command->callback([&, check_options] {
        chosen = [&, check_options] { return check(global, *check_options); };
    });
}

void add_init(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* command = root.add_subcommand(
        "init",
        "Set an app up: settings, deploy key, permission to restart its units, and the agent");
    const auto options = std::make_shared<InitOptions>();
    const auto text = [&](const char* name, std::string& value, const char* what) {
        return command->add_option(name, value, what);
    };
    const auto flag = [&](const char* name, bool& value, const char* what) {
        return command->add_flag(name, value, what);
    };
    text("DIRECTORY", options->directory,
         "The app's directory (default: the checkout around here)");
    text("--repository", options->repository,
         "owner/name or a URL (default: the checkout's origin)");
    text("--branch", options->branch,
         "The branch (default: the one that is checked out, else main)");
    text("--name", options->name, "What the app is called (default: as its directory)");
    text("--account", options->account, "Who deploys it (default: whose the directory is)");
    auto* const unit =
        command
            ->add_option("--unit", options->units,
                         "Its unit (default: the one that works in the directory); once for each, "
                         "in the order of their restart")
            ->allow_extra_args(false);
    flag("--no-service", options->no_service, "Nothing is restarted")->excludes(unit);
    auto* const key =
        text("--key", options->key, "An ssh key that there is (default: one is made, if needed)");
    flag("--no-key", options->no_key, "No ssh key: it is public, or fetched with the token")
        ->excludes(key);
    text("--token-file", options->token_file, "A token that may read it, kept in use");
    text("--setup-token", options->setup_token,
         "A token that may change its settings, used once (-: standard input)");
    auto* const relay =
        text("--relay", options->relay, "A relay's channel, or its server, on which one is begun");
    flag("--no-relay", options->no_relay, "No relay")->excludes(relay);
    text("--known-hosts", options->known_hosts, "Keys of its ssh server (GitHub's are built in)");
    text("--ca-file", options->ca_file, "The authority of its https server");
    text("--api-url", options->api_url, "The REST API of an Enterprise server");
    flag("--user", options->user, "For your own account and its manager, without root");
    flag("--timer", options->timer, "A timer asks each minute, in place of an agent that stays");
    flag("--dry-run", options->dry_run, "Only show what would be written");
    flag("-y,--yes", options->yes, "Ask nothing");
    flag("--force", options->force, "Write anew what says otherwise, and keep the old beside it");
    flag("--no-start", options->no_start, "Write and register, but deploy and start nothing");
    command->callback([&, options] { chosen = [&, options] { return init(global, *options); }; });
}

void add_remove(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* command = root.add_subcommand(
        "remove", "Take an app out: undo what init made; its directory and history stay");
    const auto options = std::make_shared<RemoveOptions>();
    command->add_option("APP", options->app, "The app")->required();
    command->add_option("--setup-token", options->setup_token,
                        "A token that may change the repository's settings, used once (-: standard "
                        "input)");
    command->add_flag("--user", options->user, "An app of your own account, without root");
    command->add_flag("--dry-run", options->dry_run, "Only show what would be removed");
    command->add_flag("-y,--yes", options->yes, "Ask nothing");
    command->callback([&, options] { chosen = [&, options] { return remove(global, *options); }; });
}

void add_others(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* demo_command = root.add_subcommand(
        "demo", "Show it all at work on a throwaway app: no network, no systemd, no root");
    const auto demo_options = std::make_shared<DemoOptions>();
    demo_command->add_flag("--keep", demo_options->keep, "Leave its directory for a look");
    demo_command->callback(
        [&, demo_options] { chosen = [demo_options] { return demo(*demo_options); }; });

    auto* head_command = root.add_subcommand("head", "")->group("");
    const auto app = std::make_shared<std::string>();
    head_command->add_option("APP", *app)->required();
    head_command->callback([&, app] { chosen = [&, app] { return head(global, *app); }; });

    // What `init` asks in an account's stead.
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

/// ssh asks for the passphrase of a key.
ExitCode answer_ssh(const std::string& file) {
    constexpr std::size_t largest_passphrase = 64 * 1024;
    const auto passphrase = file::read_private(file, largest_passphrase);
    if (!passphrase) return report(passphrase.error());
    print_as_it_is(std::string{trimmed(passphrase->reveal())} + "\n");
    return ExitCode::done;
}

}  // namespace

ExitCode main(int argc, char** argv) {
    process::keep_memory_private();
    file::use_sane_umask();
    CLI::App root{about, "inhaul"};
    root.require_subcommand(1);
    root.fallthrough();
    root.set_version_flag("--version", fmt::format("inhaul {}", version));
    if (const auto file = file::environment(git::passphrase_variable)) return answer_ssh(*file);
    GlobalOptions global;
    root.add_option("--config", global.config, "The directory of the apps' TOML files");
    root.add_option("--state", global.state, "The directory of the ledger");
    root.add_flag("-v,--verbose", global.verbose, "Log details as well");

    Chosen chosen;
    add_init(root, global, chosen);
    add_remove(root, global, chosen);
    add_watching(root, global, chosen);
    add_deploy(root, global, chosen);
    add_decrees(root, global, chosen);
    add_looking(root, global, chosen);
    add_explaining(root, global, chosen);
    add_others(root, global, chosen);
    root.footer(closing);  // last: what is added gets the footer that is there then
    try {
        root.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return told(root, error);
    }
    if (global.verbose) log::set_level(log::Level::debug);
    wiring::log_to_journal();
    const auto request = request_of(*root.get_subcommands().front(), global);
    global.command = request.line();
    const auto done = carry_out_for_accounts(global, request);
    const auto code = done ? *done : chosen();
    if (std::ferror(stdout) == 0 || code != ExitCode::done) return code;
    print_error("standard output could not be written whole");
    return ExitCode::failed;
}

}  // namespace inhaul::cli
