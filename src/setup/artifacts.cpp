// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/installation.hpp>

#include <sstream>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netinet/in.h>

#include <inhaul/config/config.hpp>
#include <inhaul/config/own_units.hpp>
#include <inhaul/service/polkit.hpp>
#include <inhaul/service/trigger_units.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::setup {
namespace {

namespace fs = std::filesystem;
using Kind = Artifact::Kind;
using config::OwnUnits;

constexpr unsigned open_directory = 0755;
constexpr unsigned private_directory = 0700;
constexpr unsigned open_file = 0644;
constexpr unsigned private_file = 0600;
/// Only the account may know the URL of its relay channel.
constexpr unsigned group_file = 0640;

bool made_here(const std::optional<fs::path>& path, const InstallTarget& target) {
    return path && path->parent_path() == target.places.settings;
}

void add_secrets(const Settings& settings, const InstallTarget& target,
                 const std::optional<file::Owner>& account, std::vector<Artifact>& artifacts) {
    if (made_here(settings.ssh_key, target))
        artifacts.push_back({Kind::key, "deploy key", *settings.ssh_key, settings.app.text(),
                             private_file, account});
    if (!settings.relay || settings.relay->secret_files.empty()) return;
    const auto& secret = settings.relay->secret_files.front();
    if (made_here(secret, target))
        artifacts.push_back({Kind::secret, "webhook secret", secret, {}, private_file, account});
}

/// The timer's service needs the agent's permissions: for this app, and for apps that were set up
/// before the timer.
void add_for_timer(const Artifact& writable, const InstallTarget& target,
                   std::vector<Artifact>& artifacts) {
    const auto drop_ins =
        OwnUnits::drop_ins(target.etc, OwnUnits::of_account(target.account.name).timer_service());
    artifacts.push_back(
        {Kind::directory, "drop-ins of the timer's service", drop_ins, {}, open_directory});
    std::vector<Artifact> copies{writable};
    std::error_code error;
    for (fs::directory_iterator entry{writable.path.parent_path(), error}, end;
         !error && entry != end; entry.increment(error)) {
        const auto& path = entry->path();
        if (path.extension() != ".conf" || path == writable.path) continue;
        if (auto text = file::read(path, file::largest_text))
            copies.push_back({Kind::text, "the agent's drop-in", path, *text, open_file});
    }
    for (auto& copy : copies) {
        copy.path = drop_ins / copy.path.filename();
        artifacts.push_back(std::move(copy));
    }
}

/// The polkit rule lets the account restart its units, and forbids it to enable lingering for its
/// user manager. Without polkit it may do neither.
void add_rule(const Settings& settings, const InstallTarget& target,
              std::vector<Artifact>& artifacts) {
    const auto& account = target.account.name;
    const auto rule = restart_rule(settings.app.text(), target);
    const auto* const named = std::get_if<SystemdUnits>(&settings.service);
    const bool of_system = named != nullptr && named->scope == SystemdUnit::Scope::system;
    const auto restarted = of_system ? named->names : std::vector<std::string>{};
    // A trigger is in place of the permission.
    const bool by_trigger = of_system && named->trigger;
    const auto units = by_trigger ? std::vector<std::string>{} : restarted;
    std::error_code ignored;
    if (units.empty() && !fs::is_directory(rule.parent_path(), ignored)) return;
    auto what = units.empty() ? std::string{"polkit rule that forbids lingering"}
                              : fmt::format("permission to restart {}", fmt::join(units, ", "));
    artifacts.push_back(
        {Kind::text, std::move(what), rule, service::polkit_rule(account, units), open_file});
    auto& older = artifacts.back().older;
    older = service::older_polkit_rules(account, units);
    if (!by_trigger) return;
    // The trigger replaces the permission, also the permission of an older version.
    for (auto& earlier : service::older_polkit_rules(account, restarted))
        older.push_back(std::move(earlier));
    older.push_back(service::polkit_rule(account, restarted));
}

/// In place of the permission to restart: a path unit and a service for each unit.
void add_triggers(const Settings& settings, const InstallTarget& target,
                  const std::optional<file::Owner>& account, std::vector<Artifact>& artifacts) {
    const auto* const units = std::get_if<SystemdUnits>(&settings.service);
    if (units == nullptr || !units->trigger) return;
    if (file::is_below(*units->trigger, target.places.state))
        artifacts.push_back({Kind::directory,
                             "directory of the restart triggers",
                             *units->trigger,
                             {},
                             private_directory,
                             account});
    const auto directory = target.etc / "systemd/system";
    for (std::size_t i = 0; i < units->names.size(); ++i) {
        const auto& unit = units->names[i];
        const auto name = trigger_name(settings.app.text(), target.account.name, i);
        artifacts.push_back({Kind::text, "trigger service for " + unit,
                             directory / (name + ".service"), service::trigger_service_unit(unit),
                             open_file});
        artifacts.back().older = {service::older_trigger_service_unit(unit)};
        artifacts.push_back(
            {Kind::text, "trigger path unit for " + unit, directory / (name + ".path"),
             service::trigger_path_unit(unit, service::trigger_file(*units->trigger, unit)),
             open_file});
    }
}

/// Returns the link-local name servers, which the agent's unit does not reach by default. Some
/// clouds have no others.
std::vector<std::string> link_local_name_servers(const InstallTarget& target) {
    constexpr std::string_view key = "nameserver";
    std::vector<std::string> found;
    const auto text = file::read(target.etc / "resolv.conf", file::largest_text);
    if (!text) return found;
    for (const auto line : lines_of(*text)) {
        std::istringstream words{std::string{line}};
        std::string word;
        std::string address;
        if (!(words >> word >> address) || word != key) continue;
        address = address.substr(0, address.find('%'));
        in6_addr six{};
        in_addr four{};
        const bool of_link =
            ::inet_pton(AF_INET, address.c_str(), &four) == 1
                ? (ntohl(four.s_addr) >> 16U) == 0xa9feU
                : ::inet_pton(AF_INET6, address.c_str(), &six) == 1 && IN6_IS_ADDR_LINKLOCAL(&six);
        if (of_link) found.push_back(address);
    }
    return found;
}

/// The drop-in with which the agent's unit permits the actions that the app needs.
Artifact drop_in_for(const Settings& settings, const InstallTarget& target,
                     const fs::path& drop_ins) {
    Artifact artifact{Kind::text, "permission to write to the directory",
                      drop_ins / (settings.app.text() + ".conf"),
                      writable_drop_in(settings.directory), open_file};
    const auto first_version = artifact.content;
    auto second_version = artifact.content;
    for (const auto& address : link_local_name_servers(target)) {
        artifact.content += "# A name server of this host.\nIPAddressAllow=" + address + "\n";
        second_version += "# A name server of this host's.\nIPAddressAllow=" + address + "\n";
    }
    const auto* const units = std::get_if<SystemdUnits>(&settings.service);
    if (units != nullptr && units->scope == SystemdUnit::Scope::user) {
        artifact.content += "# The user manager restarts the app.\nInaccessiblePaths=\n";
        second_version += "# The account's own manager restarts the app.\nInaccessiblePaths=\n";
    }
    if (artifact.content != first_version) artifact.older = {first_version, second_version};
    return artifact;
}

/// Permissions that only root can grant: to restart the units, and to write to the directory.
void add_permissions(const Settings& settings, const InstallTarget& target,
                     const std::optional<file::Owner>& account, std::vector<Artifact>& artifacts) {
    add_rule(settings, target, artifacts);
    add_triggers(settings, target, account, artifacts);
    const auto drop_ins =
        OwnUnits::drop_ins(target.etc, OwnUnits::of_account(target.account.name).agent());
    artifacts.push_back({Kind::directory, "drop-ins of the agent", drop_ins, {}, open_directory});
    const auto writable = drop_in_for(settings, target, drop_ins);
    artifacts.push_back(writable);
    if (target.timer) add_for_timer(writable, target, artifacts);
}

}  // namespace

fs::path restart_rule(std::string_view app, const InstallTarget& target) {
    // An app's name has no @.
    return target.etc / "polkit-1/rules.d" /
           fmt::format("50-inhaul-{}@{}.rules", app, target.account.name);
}

std::string writable_drop_in(const fs::path& directory) {
    // With -, the directory may be missing: the agent still starts for the account's other apps.
    return fmt::format("[Service]\nReadWritePaths=\"-{}\"\n",
                       escaped_in_unit(directory.string(), true));
}

std::string trigger_name(std::string_view app, std::string_view account, std::size_t index) {
    // No app's name has a colon or an @.
    const auto number = index == 0 ? std::string{} : fmt::format(":{}", index + 1);
    return fmt::format("inhaul-restart-{}{}@{}", app, number, account);
}

std::vector<fs::path> trigger_units_of(std::string_view app, const InstallTarget& target) {
    const auto directory = target.etc / "systemd/system";
    std::vector<fs::path> found;
    std::error_code ignored;
    for (std::size_t i = 0;; ++i) {
        const auto name = trigger_name(app, target.account.name, i);
        const auto before = found.size();
        for (const auto* const kind : {".path", ".service"}) {
            auto path = directory / (name + kind);
            if (fs::exists(fs::symlink_status(path, ignored))) found.push_back(std::move(path));
        }
        if (found.size() == before) return found;
    }
}

std::vector<Artifact> artifacts_of(const Settings& settings, std::string_view text,
                                   const InstallTarget& target) {
    std::optional<file::Owner> account;
    std::optional<file::Owner> shared;
    if (!target.personal) {
        account = {target.account.uid, target.account.gid};
        shared = {0, target.account.gid};
    }
    std::vector<Artifact> artifacts{
        {Kind::directory,
         "settings",
         target.places.settings,
         {},
         target.personal ? private_directory : open_directory},
        {Kind::directory, "state", target.places.state, {}, private_directory, account},
        {Kind::directory, "the app's directory", settings.directory, {}, open_directory, account}};
    // The agent's unit creates it too, but hooks of the first deployment run before that.
    if (const auto& name = target.account.name;
        !target.personal && target.places.state == config::system_places(name).state)
        artifacts.insert(artifacts.begin() + 2, {Kind::directory,
                                                 "cache of the hooks",
                                                 fs::path{config::system_caches} / name,
                                                 {},
                                                 private_directory,
                                                 account});
    add_secrets(settings, target, account, artifacts);
    if (!target.personal) add_permissions(settings, target, account, artifacts);
    artifacts.push_back({Kind::text, "settings of " + settings.app.text(), settings.file,
                         std::string{text}, target.personal ? private_file : group_file, shared});
    return artifacts;
}

Result<DiskState> disk_state_of(const Artifact& artifact) {
    std::error_code error;
    const auto status = fs::status(artifact.path, error);
    if (status.type() == fs::file_type::not_found) return DiskState::no;
    if (error) return fail(system_error(error.value(), "stat " + artifact.path.string()));
    if (artifact.kind == Kind::directory)
        return fs::is_directory(status) ? DiskState::current : DiskState::differs;
    if (artifact.kind != Kind::text) return DiskState::current;
    const auto content = TRY(file::read(artifact.path, file::largest_text));
    return content == artifact.content ? DiskState::current : DiskState::differs;
}

}  // namespace inhaul::setup
