// SPDX-License-Identifier: Apache-2.0
#include <inhaul/config/config.hpp>

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/config/own_units.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/environment.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/public_keys.hpp>
#include <inhaul/util/sandbox.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include <config/tables/notify_table.hpp>
#include "document.hpp"
#include "key_file.hpp"

namespace inhaul::config {
namespace {

constexpr std::size_t largest_key = 64 * 1024;
constexpr std::size_t largest_list = 4 * 1024 * 1024;

std::string account_name() {
    const auto account = account::current();
    return account ? account->name : "this account";
}

/// True if the effective account can create and replace files in the directory.
bool is_writable(const fs::path& directory) {
    return ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

/// Returns the arguments of ssh-keyscan for the server of a repository.
std::string host_to_scan(const std::string& git_url) {
    const auto url = Url::split(git_url);
    if (!url) return git_url;
    return url->port ? fmt::format("-p {} {}", *url->port, url->bare_host()) : url->bare_host();
}

/// Checks the files and directories that valid settings name on this host.
class Inspection {
public:
    Inspection(Document& document, const Settings& settings)
        : document_(document), settings_(settings) {}

    void run() {
        if (settings_.ssh_key) check_key(*settings_.ssh_key);
        if (settings_.passphrase_file) check_passphrase(*settings_.passphrase_file);
        check_alias();
        if (settings_.ssh_config)
            report("auth.ssh_config", file::read(*settings_.ssh_config, largest_list),
                   "Create it in the format of ssh_config(5).");
        if (settings_.token_file) check_token("auth.token_file", *settings_.token_file);
        if (settings_.github_report && settings_.github_report->token_file)
            check_token("report.token_file", *settings_.github_report->token_file);
        if (settings_.known_hosts)
            report("auth.known_hosts", file::read(*settings_.known_hosts, largest_list),
                   fmt::format(
                       "Run: ssh-keyscan {0} > {1}\nTo compare the fingerprints with those that "
                       "the host's owner publishes, run: ssh-keygen -lf {1}",
                       shell_word(host_to_scan(settings_.git_url)),
                       shell_word(settings_.known_hosts->string())));
        if (settings_.relay) check_webhook_secrets(settings_.relay->secret_files);
        if (settings_.hooks.environment_file)
            report("hooks.environment_file", environment::read(*settings_.hooks.environment_file),
                   "Create it with mode 0600, and write NAME=VALUE on each line.");
        if (settings_.ca_file) check_ca(*settings_.ca_file);
        check_signers();
        check_directory();
        inspect_targets(document_, settings_.targets);
    }

private:
    void wrong(std::string_view key, std::string message, std::string hint = {}) {
        document_.problem(key, std::move(message), std::move(hint));
    }
    /// Notes a problem if the file cannot be read. `if_missing` is the hint for a missing file.
    template <class T>
    bool report(std::string_view key, const Result<T>& result, std::string_view if_missing) {
        if (result) return true;
        const auto& error = result.error();
        const bool missing = error.code == ErrorCode::not_found;
        wrong(key, error.message, missing ? std::string{if_missing} : error.hint);
        return false;
    }

    void check_key(const fs::path& path);
    void check_alias();
    void check_passphrase(const fs::path& path);
    void check_token(std::string_view key, const fs::path& path);
    void check_webhook_secrets(const std::vector<fs::path>& paths);
    void check_ca(const fs::path& path);
    void check_signers();
    void check_directory();

    Document& document_;
    const Settings& settings_;
};

void Inspection::check_key(const fs::path& path) {
    const auto file = shell_word(path.string());
    const auto generate =
        fmt::format("To generate a key, run: ssh-keygen -t ed25519 -N '' -f {}", file);
    const auto content = file::read_private(path, largest_key);
    // Others may read a public key, so check for one before the mode.
    const auto first =
        Secret{file::read(path, largest_key).value_or(content.value_or(Secret{}).reveal())};
    if (auto other = not_private_key(first.reveal(), file))
        return wrong("auth.ssh_key", fmt::format("{} {}", path.string(), other->what),
                     std::move(other->hint));
    if (!report("auth.ssh_key", content, generate)) return;
    if (!is_private_key(content->reveal()))
        return wrong("auth.ssh_key", fmt::format("{} contains no private key", path.string()),
                     generate);
    if (auto damage = damaged_key(content->reveal(), file))
        return wrong("auth.ssh_key", fmt::format("{} {}", path.string(), damage->what),
                     std::move(damage->hint));
    if (is_encrypted(content->reveal()) && !settings_.passphrase_file)
        wrong(
            "auth.ssh_key", fmt::format("{} needs a passphrase", path.string()),
            fmt::format("Put it into a file, and set auth.passphrase_file.\nOr, to remove it from "
                        "the key, run: ssh-keygen -p -N '' -f {}",
                        file));
}

void Inspection::check_alias() {
    if (settings_.ssh_config) return;
    const auto account = account::current();
    const auto url = Url::split(settings_.git_url);
    // An alias with a dot may also be a host name that needs no alias.
    if (!account || !url || url->host.find('.') != std::string::npos) return;
    const auto file = ssh_config_for(settings_.git_url, account->home);
    if (file)
        wrong("repository",
              fmt::format("the host is an alias in {}, which inhaul does not read by default",
                          file->string()),
              fmt::format("Add to [auth]: ssh_config = \"{}\"", file->string()));
}

void Inspection::check_passphrase(const fs::path& path) {
    constexpr auto hint = "Put the key's passphrase into the file, on a single line.";
    const auto content = file::read_private(path, largest_key);
    if (report("auth.passphrase_file", content, hint) && trimmed(content->reveal()).empty())
        wrong("auth.passphrase_file", fmt::format("{} is empty", path.string()), hint);
}

void Inspection::check_token(std::string_view key, const fs::path& path) {
    constexpr auto hint = "Put only the token into the file, on a single line.";
    const auto content = file::read_private(path, largest_key);
    if (!report(key, content, hint)) return;
    const auto token = trimmed(content->reveal());
    if (token.empty())
        wrong(key, fmt::format("{} is empty", path.string()), hint);
    else if (token.find_first_of(" \t\r\n") != std::string_view::npos)
        wrong(key, fmt::format("{} contains more than a token", path.string()), hint);
}

void Inspection::check_webhook_secrets(const std::vector<fs::path>& paths) {
    constexpr auto hint =
        "Put the webhook's secret into the file, on a single line.\nTo generate a secret, run: "
        "openssl rand -hex 32";
    for (const auto& path : paths) {
        const auto* const key =
            path == paths.front() ? "relay.secret_file" : "relay.old_secret_file";
        const auto content = file::read_private(path, largest_key);
        if (report(key, content, hint) && trimmed(content->reveal()).empty())
            wrong(key, fmt::format("{} is empty", path.string()), hint);
    }
}

void Inspection::check_ca(const fs::path& path) {
    const auto content = file::read(path, largest_list);
    if (!report("tls.ca_file", content,
                "The file must contain the certificate of the authority in PEM."))
        return;
    if (content->find("-----BEGIN CERTIFICATE-----") == std::string::npos &&
        content->find("-----BEGIN TRUSTED CERTIFICATE-----") == std::string::npos)
        wrong("tls.ca_file", fmt::format("{} contains no PEM certificate", path.string()),
              fmt::format(
                  "To convert a certificate in DER, run: openssl x509 -inform der -in {} -out "
                  "{}\nThen set tls.ca_file = \"{}.pem\".",
                  shell_word(path.string()), shell_word(path.string() + ".pem"), path.string()));
}

void Inspection::check_signers() {
    const auto check = [&](std::string_view key, const std::optional<fs::path>& file,
                           const auto& check_file) {
        if (!file) return;
        if (const auto checked = check_file(*file); !checked)
            wrong(key, checked.error().message, checked.error().hint);
    };
    const auto& require = settings_.require;
    check("require.allowed_signers", require.allowed_signers, public_keys::check_signers);
    check("require.revoked_signers", require.revoked_signers, public_keys::check_revoked);
    check("require.gpg_keys", require.gpg_keys, public_keys::check_openpgp);
}

bool is_read_only(const fs::path& directory) {
    return ::faccessat(AT_FDCWD, directory.c_str(), W_OK, AT_EACCESS) != 0 && errno == EROFS;
}

/// Returns the hint for a directory that is read-only here: in the sandbox of a unit, or mounted.
std::string read_only_hint(const Settings& settings) {
    const auto unit = sandbox::unit();
    if (unit.empty())
        return fmt::format("Run: findmnt -T {}", shell_word(settings.directory.string()));
    const auto units = OwnUnits::for_settings(settings.file.parent_path());
    std::error_code ignored;
    if (fs::exists(OwnUnits::drop_in("/etc", unit, settings.file.stem().string()), ignored))
        return fmt::format("The drop-in was written after the unit started.\nRun: {} && {}",
                           units.command("daemon-reload"), units.command("restart", unit));
    return "The unit can only write to directories that it names and that exist when it starts. " +
           sandbox::allow_writing(sandbox::edit_command(unit), settings.directory.string());
}

void Inspection::check_directory() {
    const auto& directory = settings_.directory;
    const auto parent = directory.parent_path();
    const auto account = account_name();
    const auto make =
        fmt::format("Run: sudo install -d -o {} {}", account, shell_word(directory.string()));
    std::error_code ignored;
    if (is_read_only(fs::exists(directory, ignored) ? directory : parent))
        return wrong("directory", fmt::format("{} is read-only here", directory.string()),
                     read_only_hint(settings_));
    if (fs::exists(directory, ignored)) {
        if (!fs::is_directory(directory, ignored))
            wrong("directory", fmt::format("{} is not a directory", directory.string()));
        else if (!is_writable(directory))
            wrong("directory", fmt::format("{} cannot write to {}", account, directory.string()),
                  guard::ownership_hint(directory, account, "-R"));
    } else if (!fs::is_directory(parent, ignored)) {
        wrong("directory",
              fmt::format("{} does not exist, and neither does {}", directory.string(),
                          parent.string()),
              make);
    } else if (!is_writable(parent)) {
        wrong(
            "directory",
            fmt::format("{} does not exist, and {} cannot create it", directory.string(), account),
            make);
    }
}

}  // namespace

std::vector<Problem> inspect(const Settings& settings, std::string_view toml) {
    Document document{toml, settings.file};
    Inspection{document, settings}.run();
    return document.take_problems();
}

}  // namespace inhaul::config
