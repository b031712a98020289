// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "options.hpp"

namespace inhaul::cli {
namespace {

void add_init(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* command = root.add_subcommand(
        "init", "Set up an app: settings, deploy key, permission to restart its units, agent");
    const auto options = std::make_shared<InitOptions>();
    const auto value = [&](const char* name, std::string& target, const char* type,
                           const char* text) {
        return add_value(*command, name, target, type, text);
    };
    const auto flag = [&](const char* name, bool& target, const char* text) {
        return command->add_flag(name, target, text);
    };
    add_argument(
        *command, "DIRECTORY", options->directory,
        "Directory of the app (default: the checkout that contains the working directory)");
    value("--repository", options->repository, "REPOSITORY",
          "Deploy this owner/name or URL (default: the checkout's origin)");
    value("--branch", options->branch, "BRANCH",
          "Deploy this branch (default: the checked-out branch, else main)");
    value("--name", options->name, "NAME", "Name the app (default: the name of its directory)");
    value("--account", options->account, "ACCOUNT",
          "Deploy as this account (default: the directory's owner, else the unit's account, else "
          "inhaul)");
    auto* const unit = add_value(*command, "--unit", options->units, "UNIT",
                                 "Restart this unit; for several units, repeat --unit in their "
                                 "order (default: the unit with this working directory, or with "
                                 "the app's name)")
                           ->allow_extra_args(false);
    auto* const no_service = flag("--no-service", options->no_service, "Restart no unit");
    no_service->excludes(unit);
    flag("--trigger-unit", options->trigger_unit,
         "Restart with a path unit of root instead of a polkit rule")
        ->excludes(no_service);
    auto* const key = value("--key", options->key, "FILE",
                            "Use this existing SSH private key (default: generate a key if the "
                            "account cannot read the repository)");
    flag("--no-key", options->no_key,
         "Use no SSH key: the repository is public, or a token reads it")
        ->excludes(key);
    value("--token-file", options->token_file, "FILE",
          "Read the repository with the token in FILE; the settings name FILE (default: no token)");
    value("--setup-token", options->setup_token, "FILE",
          "Add the deploy key and the webhook with the token in FILE (-: standard input); the "
          "token is not stored");
    auto* const relay = value("--relay", options->relay, "URL",
                              "Use this relay channel; with the URL of a relay server, create a "
                              "channel there (default: no relay)");
    flag("--no-relay", options->no_relay, "Use no relay")->excludes(relay);
    value("--known-hosts", options->known_hosts, "FILE",
          "Trust these SSH host keys (default: the built-in keys of GitHub, and ~/.ssh/known_hosts "
          "for other hosts)");
    value("--ca-file", options->ca_file, "FILE",
          "Trust this certificate authority for HTTPS (default: those of the system)");
    value("--api-url", options->api_url, "URL",
          "Use this REST API of a GitHub Enterprise server (default: that of github.com)");
    flag("--user", options->user, "Set up a unit of your own user manager, without root");
    flag("--timer", options->timer, "Poll with a timer every minute instead of running an agent");
    flag("--dry-run", options->dry_run, "Show every file that init would write, and write no file");
    flag("-y,--yes", options->yes,
         "Do not ask for confirmation; required without a terminal, except with --dry-run");
    flag("--force", options->force, "Overwrite files that differ; keep each old one as FILE~");
    flag("--no-start", options->no_start,
         "Write the files and register the key and the webhook; deploy and start nothing "
         "(default with --config or --state)");
    command->callback([&, options] { chosen = [&, options] { return init(global, *options); }; });
}

void add_remove(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    auto* command =
        root.add_subcommand("remove", "Undo `init`; the app's directory and history stay");
    const auto options = std::make_shared<RemoveOptions>();
    add_argument(*command, "APP", options->app, "App to remove")->required();
    add_value(*command, "--setup-token", options->setup_token, "FILE",
              "Delete the deploy key and the webhook with the token in FILE (-: standard input); "
              "the token is not stored");
    command->add_flag("--user", options->user, "Remove an app of your own account, without root");
    command->add_flag("--dry-run", options->dry_run,
                      "Show every file that remove would remove, and remove no file");
    command->add_flag(
        "-y,--yes", options->yes,
        "Do not ask for confirmation; required without a terminal, except with --dry-run");
    command->callback([&, options] { chosen = [&, options] { return remove(global, *options); }; });
}

}  // namespace

void add_setup(CLI::App& root, const GlobalOptions& global, Chosen& chosen) {
    add_init(root, global, chosen);
    add_remove(root, global, chosen);
}

}  // namespace inhaul::cli
