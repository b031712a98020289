// SPDX-License-Identifier: Apache-2.0
#include <inhaul/config/config.hpp>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include <config/tables/notify_table.hpp>
#include <config/tables/report_table.hpp>
#include <config/tables/require_table.hpp>
#include "toml_table.hpp"

namespace inhaul::config {
namespace {

bool uses_rest(const Settings& settings) {
    return settings.head_source == HeadSource::github_api;
}

Table top(const Settings& settings) {
    Table table{{}};
    table.add_text("repository", settings.repository,
                   "git fetches " + printable(settings.git_url, 4096));
    table.add_text("branch", settings.branch.text());
    table.add_path("directory", settings.directory);
    table.add_path("stamp", settings.stamp);
    table.add("submodules", settings.submodules ? "true" : "false");
    if (settings.releases) table.add_text("layout", "releases");
    return table;
}

Table releases(const Settings& settings) {
    Table table{"releases"};
    if (!settings.releases) return table;
    table.add("keep", std::to_string(settings.releases->keep));
    std::vector<std::string> shared;
    for (const auto& path : settings.releases->shared)
        shared.push_back(path.string());
    if (!shared.empty()) table.add("shared", toml_array(shared));
    return table;
}

Table auth(const Settings& settings) {
    const bool ssh = git_protocol(settings.git_url) == GitProtocol::ssh;
    const auto* const token = ssh                   ? "for REST"
                              : uses_rest(settings) ? "for git and REST"
                                                    : "for git";
    Table table{"auth"};
    table.add_path("ssh_key", settings.ssh_key, "for git");
    table.add_path("passphrase_file", settings.passphrase_file);
    table.add_path("ssh_config", settings.ssh_config);
    table.add_path("token_file", settings.token_file, token);
    table.add_path("known_hosts", settings.known_hosts);
    return table;
}

Table relay(const Settings& settings) {
    Table table{"relay"};
    if (!settings.relay) return table;
    const auto& secrets = settings.relay->secret_files;
    table.add_text("url", settings.relay->url,
                   secrets.empty() ? "events are not verified: no secret_file" : "");
    if (!secrets.empty()) table.add_path("secret_file", secrets.front());
    if (secrets.size() > 1) table.add_path("old_secret_file", secrets.back());
    return table;
}

Table poll(const Settings& settings) {
    Table table{"poll"};
    table.add_duration("interval", settings.poll_interval);
    if (settings.relay)
        table.add_duration("interval_with_relay", settings.poll_interval_with_relay);
    if (uses_rest(settings))
        table.add_text(
            "via", "api",
            fmt::format("polls {}/repos/{}", settings.github->api, settings.github->slug()));
    else
        table.add_text("via", "git", "polls over the git protocol");
    if (!uses_rest(settings) && git_protocol(settings.git_url) == GitProtocol::ssh)
        table.add("keep_connection", settings.keep_connection ? "true" : "false");
    if (settings.poll_spread > Milliseconds{0}) table.add_duration("spread", settings.poll_spread);
    return table;
}

Table service(const Settings& settings) {
    Table table{"service"};
    if (const auto* units = std::get_if<SystemdUnits>(&settings.service)) {
        if (units->names.size() == 1)
            table.add_text("unit", units->names.front());
        else
            table.add("units", toml_array(units->names));
        table.add_text("scope", units->scope == SystemdUnit::Scope::user ? "user" : "system");
        if (units->start) table.add("start", "true");
        if (units->trigger) table.add_text("trigger", units->trigger->string());
        table.add_duration("settle", settings.settle);
    } else if (const auto* command = std::get_if<RestartCommand>(&settings.service)) {
        table.add("restart", toml_array(command->argv));
    } else {
        return table;
    }
    const bool of_units = std::holds_alternative<SystemdUnits>(settings.service);
    table.add_duration("restart_deadline", settings.restart_deadline,
                       of_units ? "or the unit's own timeouts, if longer" : "");
    return table;
}

std::string toml_commands(const Commands& commands) {
    std::string out;
    for (const auto& argv : commands)
        out += (out.empty() ? "" : ", ") + toml_array(argv);
    return "[" + out + "]";
}

Table hooks(const Settings& settings) {
    Table table{"hooks"};
    const auto& hooks = settings.hooks;
    if (!hooks.build.empty()) table.add("build", toml_commands(hooks.build));
    if (!hooks.activate.empty()) table.add("activate", toml_commands(hooks.activate));
    if (!hooks.after.empty()) table.add("after", toml_commands(hooks.after));
    if (!hooks.build.empty() || !hooks.activate.empty() || !hooks.after.empty())
        table.add_duration("deadline", hooks.deadline, "each command");
    std::string pairs;
    for (const auto& [name, value] : hooks.environment)
        pairs += fmt::format("{}{} = {}", pairs.empty() ? "" : ", ", name, toml_string(value));
    if (!pairs.empty()) table.add("environment", "{ " + pairs + " }");
    table.add_path("environment_file", hooks.environment_file);
    return table;
}

Table probe(const Settings& settings) {
    Table table{"probe"};
    if (!settings.probe) return table;
    const auto& probe = *settings.probe;
    if (probe.url) {
        table.add_text("url", *probe.url);
        table.add("status", std::to_string(probe.status));
    } else {
        table.add("command", toml_array(probe.command));
    }
    if (probe.body) table.add_text("body", *probe.body);
    if (probe.header) table.add_text("header", *probe.header);
    table.add_duration("interval", probe.interval);
    table.add_duration("deadline", probe.deadline);
    table.add("successes", std::to_string(probe.successes));
    return table;
}

Table require(const Settings& settings) {
    Table table{"require"};
    const auto& require = settings.require;
    if (require.fast_forward) table.add("fast_forward", "true");
    table.add_path("allowed_signers", require.allowed_signers);
    table.add_path("revoked_signers", require.revoked_signers);
    table.add_path("gpg_keys", require.gpg_keys);
    if (require.checks) {
        table.add("checks",
                  require.checked.empty() ? toml_string("all") : toml_array(require.checked));
        table.add_duration("checks_deadline", require.checks_deadline);
        if (require.checked.empty()) table.add_duration("checks_settle", require.checks_settle);
    }
    if (!require.paths.empty()) table.add("paths", toml_array(require.paths));
    std::vector<std::string> windows;
    for (const auto& window : require.windows)
        windows.push_back(format_window(window));
    if (!windows.empty()) table.add("windows", toml_array(windows));
    if (!require.zone.empty()) table.add_text("zone", require.zone);
    if (require.skip_marker != Requirements{}.skip_marker)
        table.add_text("skip_marker", require.skip_marker);
    if (!require.lfs_content) table.add("lfs_content", "false");
    if (require.minimum_age.count() > 0) table.add_duration("minimum_age", require.minimum_age);
    return table;
}

std::vector<Table> tables_of(const Settings& settings) {
    Table tls{"tls"};
    tls.add_path("ca_file", settings.ca_file);
    Table github{"github"};
    if (settings.github) github.add_text("api_url", settings.github->api);
    Table deploy{"deploy"};
    deploy.add_duration("deadline", settings.deploy_deadline);
    std::vector<Table> tables{top(settings),   releases(settings), auth(settings),   tls,
                              github,          relay(settings),    poll(settings),   deploy,
                              hooks(settings), probe(settings),    require(settings)};
    if (!std::holds_alternative<NothingToRestart>(settings.service))
        tables.push_back(service(settings));
    if (settings.github_report) tables.push_back(table_of(*settings.github_report));
    for (const auto& target : settings.targets)
        tables.push_back(table_of(target));
    return tables;
}

}  // namespace

std::string to_toml(const Settings& settings) {
    std::string text;
    for (const auto& table : tables_of(settings))
        text += table.print();
    if (std::holds_alternative<NothingToRestart>(settings.service))
        text += "\n[service]\n# no service to restart\n";
    return text;
}

std::map<std::string, std::string> effective_keys(const Settings& settings) {
    std::map<std::string, std::string> keys;
    for (const auto& table : tables_of(settings))
        table.add_to(keys);
    return keys;
}

}  // namespace inhaul::config
