// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/new_app.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <inhaul/config/config.hpp>
#include <inhaul/github_com.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

namespace inhaul::setup {
namespace {

constexpr auto heading =
    R"(# The settings of {0}, written by `inhaul init`. Edit them as you like: `man inhaul.toml` describes
# every key, and `inhaul check {0}` prints the effective settings.
)";

/// The only key with an array as value, which is already written in TOML.
constexpr std::string_view units_key{"service.units"};

/// Returns the path of a remote on github.com.
std::optional<std::string> path_on_github(std::string_view remote) {
    if (const auto url = Url::split(remote)) {
        if (url->host != github_com::host || url->port || url->path.empty()) return std::nullopt;
        return url->rest().substr(1);
    }
    const auto address = ScpAddress::split(remote);
    if (!address || address->host != github_com::host || address->user != "git")
        return std::nullopt;
    return address->path;
}

std::string without_password(std::string_view remote) {
    auto url = Url::split(remote);
    if (!url || url->scheme == "ssh" || !url->user) return std::string{remote};
    url->user.reset();
    return url->text();
}

/// Returns TOML in which each table begins once; `table` has begun already.
std::string toml_of(const Keys& keys, std::string_view table = {}) {
    std::string text;
    for (const auto& [key, value] : keys) {
        const auto dot = key.find('.');
        const auto its_table = dot == std::string_view::npos ? "" : key.substr(0, dot);
        if (its_table != table) text += fmt::format("\n[{}]\n", its_table);
        table = its_table;
        text += fmt::format("{} = {}\n", key.substr(table.empty() ? 0 : dot + 1),
                            key == units_key ? value : config::toml_string(value));
    }
    return text;
}

/// Returns the keys of `one` that `other` does not have with the same value.
Keys without(const Keys& one, const Keys& other) {
    Keys rest;
    std::copy_if(one.begin(), one.end(), std::back_inserter(rest), [&](const auto& key) {
        return std::find(other.begin(), other.end(), key) == other.end();
    });
    return rest;
}

bool is_name_character(char c) {
    return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
}

}  // namespace

NewApp as_written(const Settings& settings) {
    NewApp app{.name = settings.app.text(),
               .repository = settings.repository,
               .branch = settings.branch.text(),
               .directory = settings.directory,
               .ssh_key = settings.ssh_key,
               .ssh_config = settings.ssh_config,
               .token_file = settings.token_file,
               .known_hosts = settings.known_hosts,
               .ca_file = settings.ca_file};
    if (const auto* units = std::get_if<SystemdUnits>(&settings.service)) {
        app.units = units->names;
        app.scope = units->scope;
        app.trigger = units->trigger;
    }
    if (settings.github && settings.github->api != github_com::api)
        app.api_url = settings.github->api;
    if (settings.relay) {
        app.relay_url = settings.relay->url;
        if (!settings.relay->secret_files.empty())
            app.secret_file = settings.relay->secret_files.front();
    }
    return app;
}

Keys keys_of(const NewApp& app) {
    Keys keys{{"repository", app.repository},
              {"branch", app.branch},
              {"directory", app.directory.string()}};
    const auto add_path = [&](std::string_view key,
                              const std::optional<std::filesystem::path>& path) {
        if (path) keys.emplace_back(key, path->string());
    };
    add_path("auth.ssh_key", app.ssh_key);
    add_path("auth.ssh_config", app.ssh_config);
    add_path("auth.token_file", app.token_file);
    add_path("auth.known_hosts", app.known_hosts);
    add_path("tls.ca_file", app.ca_file);
    if (app.api_url) keys.emplace_back("github.api_url", *app.api_url);
    if (app.relay_url) keys.emplace_back("relay.url", *app.relay_url);
    add_path("relay.secret_file", app.secret_file);
    if (app.units.empty()) return keys;
    if (app.units.size() == 1)
        keys.emplace_back("service.unit", app.units.front());
    else
        keys.emplace_back(units_key, config::toml_array(app.units));
    if (app.scope == SystemdUnit::Scope::user) keys.emplace_back("service.scope", "user");
    add_path("service.trigger", app.trigger);
    return keys;
}

std::string settings_text(const NewApp& app) {
    return fmt::format(heading, app.name) + toml_of(keys_of(app));
}

Result<std::string> extended(const std::string& written, const Settings& existing,
                             const NewApp& app) {
    const auto before = keys_of(as_written(existing));
    const auto wanted = keys_of(app);
    if (before == wanted) return written;
    const auto added = without(wanted, before);
    const auto lost = without(before, wanted);
    const auto whole = written + (written.ends_with('\n') ? "" : "\n");
    // A table cannot begin twice, but the last table of the file can continue.
    for (const std::string_view last : {"", "service"}) {
        auto text = whole + toml_of(added, last);
        const auto parsed = config::parse(text, existing.file);
        if (lost.empty() && !parsed.apps.empty() &&
            keys_of(as_written(parsed.apps.front())) == wanted)
            return text;
    }
    std::vector<std::string> changes;
    for (const auto& [key, value] : added)
        changes.push_back(fmt::format("{} would be {}", key, value));
    for (const auto& [key, value] : lost)
        if (std::none_of(added.begin(), added.end(),
                         [&key = key](const auto& other) { return other.first == key; }))
            changes.push_back(fmt::format("{} would be removed, now {}", key, value));
    return fail(
        ErrorCode::refused,
        fmt::format("{} conflicts with the options: {}", existing.file.string(),
                    fmt::join(changes, "; ")),
        "Edit the file, or overwrite it: add --force to the command. The old file stays as FILE~.");
}

std::vector<std::string> changed_keys(const Settings& before, const Settings& after) {
    const auto old = config::effective_keys(before);
    const auto now = config::effective_keys(after);
    std::vector<std::string> changed;
    for (const auto& [key, value] : old)
        if (const auto same = now.find(key); same == now.end() || same->second != value)
            changed.push_back(key);
    for (const auto& [key, value] : now)
        if (old.count(key) == 0) changed.push_back(key);
    return changed;
}

std::string repository_from(std::string_view remote) {
    const auto path = path_on_github(remote);
    if (!path) return without_password(remote);
    std::string_view slug{*path};
    while (slug.starts_with('/'))
        slug.remove_prefix(1);
    while (slug.ends_with('/'))
        slug.remove_suffix(1);
    if (slug.ends_with(".git")) slug.remove_suffix(4);
    return std::string{slug};
}

std::string name_from(std::string_view text) {
    if (text.ends_with(".git")) text.remove_suffix(4);
    std::string name{text.substr(text.find_last_of("/:") + 1)};  // npos + 1 is 0
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !is_name_character(c); }, '-');
    name.erase(0, name.find_first_not_of("._-"));
    constexpr std::size_t longest = 64;
    return name.substr(0, longest);
}

}  // namespace inhaul::setup
