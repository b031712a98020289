// SPDX-License-Identifier: Apache-2.0
#include <inhaul/config/config.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "require_table.hpp"

namespace inhaul::config {
namespace {

/// The keys of one table. `=` and `#` are aligned when it is printed.
class Table {
public:
    explicit Table(std::string_view name) : name_(name) {}

    void add(std::string_view key, std::string value, std::string remark = {}) {
        rows_.push_back({key, std::move(value), std::move(remark)});
    }
    void add_text(std::string_view key, const std::string& text, std::string remark = {}) {
        add(key, toml_string(text), std::move(remark));
    }
    void add_path(std::string_view key, const std::optional<fs::path>& path,
                  std::string remark = {}) {
        if (path) add_text(key, path->string(), std::move(remark));
    }
    void add_duration(std::string_view key, Milliseconds duration, std::string remark = {}) {
        add_text(key, format_duration(duration), std::move(remark));
    }
    [[nodiscard]] std::string print() const;
    void add_to(std::map<std::string, std::string>& keys) const {
        for (const auto& row : rows_)
            keys[fmt::format("{}{}{}", name_, name_.empty() ? "" : ".", row.key)] = row.value;
    }

private:
    struct Row {
        std::string_view key;
        std::string value;
        std::string remark;
    };
    std::string_view name_;
    std::vector<Row> rows_;
};

std::string padded(std::string_view text, std::size_t width) {
    const auto taken = columns(text);
    return std::string{text} + std::string(width > taken ? width - taken : 0, ' ');
}

std::string Table::print() const {
    if (rows_.empty()) return {};
    std::size_t key_width = 0;
    std::size_t value_width = 0;
    for (const auto& row : rows_) {
        key_width = std::max(key_width, columns(row.key));
        if (!row.remark.empty()) value_width = std::max(value_width, columns(row.value));
    }
    auto text = name_.empty() ? std::string{} : fmt::format("\n[{}]\n", name_);
    for (const auto& [key, value, remark] : rows_) {
        text += padded(key, key_width) + " = ";
        text += remark.empty() ? value : padded(value, value_width) + "  # " + remark;
        text += '\n';
    }
    return text;
}

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
    const bool ssh = settings.git_url.starts_with("ssh://");
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
    return tables;
}

}  // namespace

std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out += fmt::format("\\{}", c);
        else if (byte < 0x20 || byte == 0x7f)
            out += fmt::format("\\u{:04x}", byte);
        else
            out += c;
    }
    return out + "\"";
}

std::string toml_array(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words)
        out += (out.empty() ? "" : ", ") + toml_string(word);
    return "[" + out + "]";
}

std::string to_toml(const Settings& settings) {
    std::string text;
    for (const auto& table : tables_of(settings))
        text += table.print();
    if (std::holds_alternative<NothingToRestart>(settings.service))
        text += "\n[service]\n# nothing is restarted\n";
    return text;
}

std::map<std::string, std::string> effective_keys(const Settings& settings) {
    std::map<std::string, std::string> keys;
    for (const auto& table : tables_of(settings))
        table.add_to(keys);
    return keys;
}

}  // namespace inhaul::config
