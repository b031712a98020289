// SPDX-License-Identifier: Apache-2.0
#include "keys.hpp"

#include <algorithm>
#include <array>
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
constexpr std::array keys{
    Key{"repository", R"("octocat/myapp")"},
    Key{"branch", R"("main")"},
    Key{"directory", R"("/home/scripts/myapp")"},
    Key{"stamp", R"("updated.txt")"},
    Key{"submodules", "true"},
    Key{"layout", R"("releases")"},
    Key{"releases.keep", "5"},
    Key{"releases.shared", R"([".env", "uploads/"])"},
    Key{"auth.ssh_key", R"("~/.ssh/deploy_key")"},
    Key{"auth.passphrase_file", R"("/etc/inhaul/passphrase")"},
    Key{"auth.ssh_config", R"("/etc/inhaul/ssh_config")"},
    Key{"auth.token_file", R"("/etc/inhaul/token")"},
    Key{"auth.known_hosts", R"("~/.ssh/known_hosts")"},
    Key{"tls.ca_file", R"("/etc/ssl/certs/company.pem")"},
    Key{"github.api_url", R"("https://github.example.com/api/v3")"},
    Key{"relay.url", R"("https://smee.io/Xk2vLq8wZr4TnB6c")"},
    Key{"relay.secret_file", R"("/etc/inhaul/webhook_secret")"},
    Key{"relay.old_secret_file", R"("/etc/inhaul/old_webhook_secret")"},
    Key{"poll.interval", R"("60s")"},
    Key{"poll.interval_with_relay", R"("5m")"},
    Key{"poll.via", R"("api")"},
    Key{"deploy.deadline", R"("15m")"},
    Key{"hooks.build", R"([["npm", "ci"], ["npm", "run", "build"]])"},
    Key{"hooks.activate", R"([["bin/migrate"]])"},
    Key{"hooks.after", R"([["bin/tell-the-team"]])"},
    Key{"hooks.deadline", R"("10m")"},
    Key{"probe.url", R"("http://127.0.0.1:8000/health")"},
    Key{"probe.status", "200"},
    Key{"probe.body", R"("{commit}")"},
    Key{"probe.header", R"("X-Commit: {commit}")"},
    Key{"probe.command", R"(["bin/check", "{commit}"])"},
    Key{"probe.interval", R"("1s")"},
    Key{"probe.deadline", R"("30s")"},
    Key{"probe.successes", "1"},
    Key{"require.fast_forward", "true"},
    Key{"require.allowed_signers", R"("/etc/inhaul/allowed_signers")"},
    Key{"require.revoked_signers", R"("/etc/inhaul/revoked_signers")"},
    Key{"require.gpg_keys", R"("/etc/inhaul/keys.gpg")"},
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
    Key{"service.trigger", R"("/var/lib/inhaul/deploy/restart/myapp")"},
    Key{"service.settle", R"("2s")"},
    Key{"service.restart", R"(["supervisorctl", "restart", "myapp"])"},
    Key{"service.restart_deadline", R"("90s")"},
};
constexpr std::array<std::string_view, 11> tables{"auth",    "tls",      "github", "relay",
                                                  "poll",    "deploy",   "hooks",  "probe",
                                                  "require", "releases", "service"};

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

std::string_view table_of(std::string_view key) {
    const auto dot = key.find('.');
    return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
}

std::string_view last_part(std::string_view key) {
    return key.substr(key.rfind('.') + 1);
}

std::vector<std::string_view> keys_in(std::string_view table) {
    std::vector<std::string_view> found;
    for (const auto& key : keys)
        if (table_of(key.name) == table) found.push_back(last_part(key.name));
    return found;
}

std::optional<std::string_view> same_word_elsewhere(std::string_view word) {
    for (const auto& key : keys)
        if (last_part(key.name) == word) return key.name;
    for (const auto& alias : aliases)
        if (alias.word == word) return alias.key;
    return std::nullopt;
}

/// Looks for a typing error: first in the keys of the same table, then in all keys.
std::optional<std::string> nearest_key(std::string_view key) {
    const auto table = table_of(key);
    const auto word = last_part(key);
    if (const auto similar = nearest(word, keys_in(table)))
        return table.empty() ? std::string{*similar} : fmt::format("{}.{}", table, *similar);
    std::vector<std::string_view> words;
    for (const auto& known : keys)
        words.push_back(last_part(known.name));
    const auto similar = nearest(word, words);
    if (!similar) return std::nullopt;
    return std::string{*same_word_elsewhere(*similar)};
}

/// In TOML, a key below a `[table]` belongs to that table.
std::string did_you_mean(std::string_view key, std::string_view written) {
    const bool below_table = table_of(key).empty() && !table_of(written).empty();
    return fmt::format("Did you mean {}?{}", key,
                       below_table ? " It must be above the first [table]." : "");
}

}  // namespace

std::optional<std::string_view> example_of(std::string_view key) {
    for (const auto& known : keys)
        if (known.name == key) return known.example;
    return std::nullopt;
}

bool is_table_name(std::string_view name) {
    return std::find(tables.begin(), tables.end(), name) != tables.end();
}

std::string example_line(std::string_view key) {
    return fmt::format("{} = {}", last_part(key), example_of(key).value_or("\"\""));
}

std::string hint_for_unknown_key(std::string_view key) {
    if (last_part(key) == "depth")
        return "Remove it. Rollbacks and gates need the history, and libgit2 before 1.9 damages a "
               "repository on its second fetch with a depth. inhaul fetches only one branch, and "
               "each commit only once.";
    if (const auto elsewhere = same_word_elsewhere(last_part(key)))
        return did_you_mean(*elsewhere, key);
    if (const auto similar = nearest_key(key)) return did_you_mean(*similar, key);
    const auto table = table_of(key);
    if (!table.empty()) return fmt::format("[{}] has: {}.", table, fmt::join(keys_in(table), ", "));
    return fmt::format("The keys are: {}, and the tables [{}].", fmt::join(keys_in({}), ", "),
                       fmt::join(tables, "], ["));
}

std::string hint_for_unknown_table(std::string_view name) {
    if (const auto similar = nearest(name, tables))
        return fmt::format("Did you mean [{}]?", *similar);
    return fmt::format("The tables are: [{}].", fmt::join(tables, "], ["));
}

}  // namespace inhaul::config
