// SPDX-License-Identifier: Apache-2.0
#include "keys.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <inhaul/util/text.hpp>

namespace inhaul::config {
namespace {

struct Key {
    std::string_view name;  ///< dotted
    std::string_view example;
};
constexpr std::array app_keys{
    Key{"repository", R"("octocat/myapp")"},
    Key{"branch", R"("main")"},
    Key{"directory", R"("/home/scripts/myapp")"},
    Key{"stamp", R"("updated.txt")"},
    Key{"submodules", "true"},
    Key{"layout", R"("releases")"},
    Key{"releases.keep", "5"},
    Key{"releases.shared", R"([".env", "uploads/"])"},
    Key{"auth.ssh_key", R"("~/.ssh/deploy_key")"},
    Key{"auth.passphrase_file", R"("/etc/inhaul/scripts/passphrase")"},
    Key{"auth.ssh_config", R"("/etc/inhaul/scripts/ssh_config")"},
    Key{"auth.token_file", R"("/etc/inhaul/scripts/token")"},
    Key{"auth.known_hosts", R"("~/.ssh/known_hosts")"},
    Key{"tls.ca_file", R"("/etc/ssl/certs/company.pem")"},
    Key{"github.api_url", R"("https://github.example.com/api/v3")"},
    Key{"relay.url", R"("https://smee.io/Xk2vLq8wZr4TnB6c")"},
    Key{"relay.secret_file", R"("/etc/inhaul/scripts/webhook_secret")"},
    Key{"relay.old_secret_file", R"("/etc/inhaul/scripts/old_webhook_secret")"},
    Key{"poll.interval", R"("60s")"},
    Key{"poll.interval_with_relay", R"("5m")"},
    Key{"poll.via", R"("api")"},
    Key{"poll.keep_connection", "true"},
    Key{"poll.spread", R"("0s")"},
    Key{"deploy.deadline", R"("15m")"},
    Key{"hooks.build", R"([["npm", "ci"], ["npm", "run", "build"]])"},
    Key{"hooks.activate", R"([["bin/migrate"]])"},
    Key{"hooks.after", R"([["bin/tell-the-team"]])"},
    Key{"hooks.deadline", R"("10m")"},
    Key{"hooks.environment", R"({ NODE_ENV = "production" })"},
    Key{"hooks.environment_file", R"("/etc/inhaul/scripts/myapp.env")"},
    Key{"probe.url", R"("http://127.0.0.1:8000/health")"},
    Key{"probe.status", "200"},
    Key{"probe.body", R"("{commit}")"},
    Key{"probe.header", R"("X-Commit: {commit}")"},
    Key{"probe.command", R"(["bin/check", "{commit}"])"},
    Key{"probe.interval", R"("1s")"},
    Key{"probe.deadline", R"("30s")"},
    Key{"probe.successes", "1"},
    Key{"require.fast_forward", "true"},
    Key{"require.allowed_signers", R"("/etc/inhaul/scripts/allowed_signers")"},
    Key{"require.revoked_signers", R"("/etc/inhaul/scripts/revoked_signers")"},
    Key{"require.gpg_keys", R"("/etc/inhaul/scripts/keys.gpg")"},
    Key{"require.checks", R"(["build", "test"])"},
    Key{"require.checks_deadline", R"("1h")"},
    Key{"require.checks_settle", R"("1m")"},
    Key{"require.paths", R"(["src", "config"])"},
    Key{"require.windows", R"(["Mon-Fri 09:00-17:00"])"},
    Key{"require.zone", R"("Europe/Berlin")"},
    Key{"require.skip_marker", R"("[skip deploy]")"},
    Key{"require.minimum_age", R"("10m")"},
    Key{"require.lfs_content", "true"},
    Key{"service.unit", R"("myapp.service")"},
    Key{"service.units", R"(["web.service", "worker@1.service"])"},
    Key{"service.scope", R"("system")"},
    Key{"service.start", "true"},
    Key{"service.trigger", R"("/var/lib/inhaul/scripts/restart/myapp")"},
    Key{"service.settle", R"("2s")"},
    Key{"service.restart", R"(["supervisorctl", "restart", "myapp"])"},
    Key{"service.restart_deadline", R"("90s")"},
    Key{"report.github", R"("deployments")"},
    Key{"report.environment", R"("production/web1")"},
    Key{"report.environment_url", R"("https://myapp.example.com")"},
    Key{"report.token_file", R"("/etc/inhaul/scripts/report_token")"},
};
constexpr std::array<std::string_view, 13> app_tables{
    "auth",  "tls",     "github",   "relay",   "poll",   "deploy", "hooks",
    "probe", "require", "releases", "service", "notify", "report"};

/// The keys of the account's file that no app's file has.
constexpr std::array account_keys{
    Key{"notify.silent_after", R"("1h")"},
    Key{"metrics.textfile", R"("/var/lib/inhaul-metrics/scripts.prom")"},
    Key{"page.file", R"("/srv/www/inhaul.html")"},
    Key{"otlp.url", R"("http://127.0.0.1:4318")"},
    Key{"otlp.url_file", R"("/etc/inhaul/scripts/collector.url")"},
    Key{"otlp.token_file", R"("/etc/inhaul/scripts/collector.token")"},
    Key{"otlp.ca_file", R"("/etc/ssl/certs/company.pem")"},
    Key{"otlp.deadline", R"("15s")"},
};
constexpr std::array<std::string_view, 4> account_tables{"notify", "metrics", "page", "otlp"};

/// The keys of each target, which both files may define: `*` is its name.
constexpr std::array target_keys{
    Key{"notify.*.type", R"("webhook")"},
    Key{"notify.*.events", R"(["failed", "rolled_back"])"},
    Key{"notify.*.url_file", R"("/etc/inhaul/scripts/ops.url")"},
    Key{"notify.*.url", R"("https://ntfy.sh/my-topic")"},
    Key{"notify.*.secret_file", R"("/etc/inhaul/scripts/ops.secret")"},
    Key{"notify.*.token_file", R"("/etc/inhaul/scripts/telegram.token")"},
    Key{"notify.*.chat", R"("-1001234567890")"},
    Key{"notify.*.to", R"(["ops@example.com"])"},
    Key{"notify.*.from", R"("inhaul@example.com")"},
    Key{"notify.*.user", R"("inhaul@example.com")"},
    Key{"notify.*.password_file", R"("/etc/inhaul/scripts/smtp.password")"},
    Key{"notify.*.command", R"(["/usr/local/bin/tell-the-team"])"},
    Key{"notify.*.ca_file", R"("/etc/ssl/certs/company.pem")"},
    Key{"notify.*.deadline", R"("15s")"},
};

struct Vocabulary {
    std::span<const Key> own;
    std::span<const std::string_view> tables;
};
Vocabulary vocabulary(Schema schema) {
    if (schema == Schema::account) return {account_keys, account_tables};
    return {app_keys, app_tables};
}

std::vector<Key> keys_of(Schema schema) {
    const auto own = vocabulary(schema).own;
    std::vector<Key> keys{own.begin(), own.end()};
    keys.insert(keys.end(), target_keys.begin(), target_keys.end());
    return keys;
}

/// Common names that are too different for a typing error.
struct Alias {
    std::string_view word;
    std::string_view key;
};
constexpr std::array aliases{
    Alias{"health", "probe.url"},        Alias{"healthcheck", "probe.url"},
    Alias{"command", "service.restart"}, Alias{"dir", "directory"},
    Alias{"every", "poll.interval"},     Alias{"exec", "service.restart"},
    Alias{"key", "auth.ssh_key"},        Alias{"path", "directory"},
    Alias{"remote", "repository"},       Alias{"repo", "repository"},
    Alias{"channel", "relay.url"},       Alias{"secret", "relay.secret_file"},
    Alias{"smee", "relay.url"},          Alias{"webhook", "relay.url"},
    Alias{"target", "directory"},        Alias{"timeout", "deploy.deadline"},
    Alias{"token", "auth.token_file"},   Alias{"url", "repository"},
};

/// `notify.*.type` for `notify.ops.type`; any other key as it is.
std::string pattern_of(std::string_view key) {
    constexpr std::string_view notify{"notify."};
    const auto last = key.rfind('.');
    if (!key.starts_with(notify) || last < notify.size()) return std::string{key};
    return fmt::format("{}*{}", notify, key.substr(last));
}

/// Everything before the last dot.
std::string_view table_name(std::string_view key) {
    const auto dot = key.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
}

std::string_view last_part(std::string_view key) {
    return key.substr(key.rfind('.') + 1);
}

std::vector<std::string_view> keys_in(std::string_view table, Schema schema) {
    const auto pattern = std::string{table_name(pattern_of(fmt::format("{}.", table)))};
    std::vector<std::string_view> found;
    for (const auto& key : keys_of(schema))
        if (table_name(key.name) == pattern) found.push_back(last_part(key.name));
    return found;
}

std::optional<std::string_view> same_word_elsewhere(std::string_view word, Schema schema) {
    for (const auto& key : vocabulary(schema).own)
        if (last_part(key.name) == word) return key.name;
    if (schema == Schema::account) return std::nullopt;
    for (const auto& alias : aliases)
        if (alias.word == word) return alias.key;
    return std::nullopt;
}

/// Looks for a typing error: first in the keys of the same table, then in all keys.
std::optional<std::string> nearest_key(std::string_view key, Schema schema) {
    const auto table = table_name(key);
    const auto word = last_part(key);
    if (const auto similar = nearest(word, keys_in(table, schema)))
        return table.empty() ? std::string{*similar} : fmt::format("{}.{}", table, *similar);
    std::vector<std::string_view> words;
    for (const auto& known : vocabulary(schema).own)
        words.push_back(last_part(known.name));
    const auto similar = nearest(word, words);
    if (!similar) return std::nullopt;
    return std::string{*same_word_elsewhere(*similar, schema)};
}

/// In TOML, a key below a `[table]` belongs to that table.
std::string did_you_mean(std::string_view key, std::string_view written) {
    const bool below_table = table_name(key).empty() && !table_name(written).empty();
    return fmt::format("Did you mean {}?{}", key,
                       below_table ? " It must be above the first [table]." : "");
}

bool is_key_of_apps(std::string_view key) {
    return std::any_of(app_keys.begin(), app_keys.end(),
                       [&](const Key& known) { return known.name == key; });
}

constexpr auto account_file_hint =
    "inhaul.toml has the settings of the account. Write the settings of an app into a file "
    "NAME.toml with another name.";

}  // namespace

std::optional<std::string_view> example_of(std::string_view key, Schema schema) {
    const auto pattern = pattern_of(key);
    for (const auto& known : keys_of(schema))
        if (known.name == pattern) return known.example;
    return std::nullopt;
}

bool is_table_name(std::string_view name, Schema schema) {
    const auto tables = vocabulary(schema).tables;
    return std::find(tables.begin(), tables.end(), name) != tables.end();
}

std::string example_line(std::string_view key, Schema schema) {
    return fmt::format("{} = {}", last_part(key), example_of(key, schema).value_or("\"\""));
}

std::string hint_for_unknown_key(std::string_view key, Schema schema) {
    if (schema == Schema::account && is_key_of_apps(key)) return account_file_hint;
    if (last_part(key) == "depth")
        return "Remove it. Rollbacks and gates need the history, and libgit2 before 1.9 damages a "
               "repository on its second fetch with a depth. inhaul fetches only one branch, and "
               "each commit only once.";
    const auto table = table_name(key);
    if (table == "notify" && example_of(fmt::format("notify.x.{}", last_part(key)), schema))
        return "A target is a table of its own. Write [notify.NAME] above its keys.";
    if (pattern_of(key) == key)
        if (const auto elsewhere = same_word_elsewhere(last_part(key), schema))
            return did_you_mean(*elsewhere, key);
    if (const auto similar = nearest_key(key, schema)) return did_you_mean(*similar, key);
    const auto tables = vocabulary(schema).tables;
    if (!table.empty())
        return fmt::format("[{}] has: {}.", table, fmt::join(keys_in(table, schema), ", "));
    const auto top = keys_in({}, schema);
    if (top.empty()) return fmt::format("The tables are: [{}].", fmt::join(tables, "], ["));
    return fmt::format("The keys are: {}, and the tables [{}].", fmt::join(top, ", "),
                       fmt::join(tables, "], ["));
}

std::string hint_for_unknown_table(std::string_view name, Schema schema) {
    if (schema == Schema::account && is_table_name(name, Schema::app)) return account_file_hint;
    const auto tables = vocabulary(schema).tables;
    if (const auto similar = nearest(name, tables))
        return fmt::format("Did you mean [{}]?", *similar);
    return fmt::format("The tables are: [{}].", fmt::join(tables, "], ["));
}

}  // namespace inhaul::config
