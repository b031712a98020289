// SPDX-License-Identifier: Apache-2.0
#include "github_setup.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include <inhaul/forge/deployment_reports.hpp>
#include <inhaul/forge/registration.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/secret_files.hpp>
#include <inhaul/util/text.hpp>

#include <cli/output/console.hpp>
#include <wiring.hpp>

namespace inhaul::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_key = 64 * 1024;
constexpr std::size_t largest_token = 4096;

Secret token_from_input() {
    std::string text(largest_token, '\0');
    std::size_t size = 0;
    for (::ssize_t got = 1; got > 0 && size < text.size(); size += static_cast<std::size_t>(got))
        if (got = ::read(STDIN_FILENO, text.data() + size, text.size() - size); got < 0) break;
    text.resize(std::min(size, text.size()));
    const Secret whole{std::move(text)};
    return Secret{std::string{trimmed(whole.reveal())}};
}

struct PublicKey {
    std::string line;  ///< as ssh-keygen writes it
    std::string comment;
};

/// Reads the public key of the app with the account's permissions. The settings name the file:
/// validate its content before it is printed or sent.
Result<PublicKey> public_key(const setup::InstallTarget& target, const fs::path& private_key) {
    const auto acting = TRY(account::ActingAs::account(target.account));
    const auto path = fs::path{private_key}.concat(".pub");
    auto text = file::read(path, largest_key);
    if (!text) {
        const auto from = shell_word(private_key.string());
        const auto to = shell_word(path.string());
        text.error().hint =
            target.personal ? fmt::format("Run: ssh-keygen -y -f {} > {}", from, to)
                            : fmt::format("Run: sudo ssh-keygen -y -f {} | sudo tee {}", from, to);
        return fail(text.error());
    }
    const auto line = trimmed(*text);
    const auto kind = line.find(' ');
    const auto bytes = line.find(' ', kind + 1);
    const auto plain = line.substr(0, bytes);
    constexpr std::string_view letters{
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=-@. "};
    if (kind == std::string_view::npos || line.find('\n') != std::string_view::npos ||
        plain.find_first_not_of(letters) != std::string_view::npos)
        return fail(ErrorCode::configuration,
                    fmt::format("{} is not an SSH public key", path.string()));
    const auto comment =
        bytes == std::string_view::npos ? std::string_view{"inhaul"} : trimmed(line.substr(bytes));
    return PublicKey{fmt::format("{} {}", plain, printable(comment, 100)), printable(comment, 100)};
}

Result<Secret> webhook_secret(const setup::InstallTarget& target, const Settings& settings) {
    const auto acting = TRY(account::ActingAs::account(target.account));
    return SecretFiles{}.secret(settings.relay->secret_files.front());
}

void ask_for_key(const Settings& settings, const PublicKey& key) {
    if (!settings.github) {
        print(
            fmt::format("\nGive this key read access to {}:\n  {}\n", settings.git_url, key.line));
        return;
    }
    print(
        fmt::format("\nAdd the deploy key at {}\n"
                    "  Title:              {}\n"
                    "  Key:                {}\n"
                    "  Allow write access: no\n",
                    forge::deploy_key_page(*settings.github), key.comment, key.line));
}

void ask_for_webhook(const setup::InstallTarget& target, const Settings& settings, bool exists) {
    const auto heading =
        exists ? std::string{"\nThe webhook already exists, but its secret has changed. Edit it at"}
               : std::string{"\nAdd the webhook at"};
    print(fmt::format(
        "{} {}\n"
        "  Payload URL:      {}\n"
        "  Content type:     application/json\n"
        "  Secret:           the output of: {}cat {}\n"
        "  SSL verification: enabled\n"
        "  Events:           just the push event\n",
        heading,
        exists ? forge::webhooks_page(*settings.github) : forge::webhook_page(*settings.github),
        webhook_address(settings.relay->url), target.personal ? "" : "sudo ",
        shell_word(settings.relay->secret_files.front().string())));
}

std::string_view registration_outcome(forge::Registered registered) {
    return registered == forge::Registered::now ? "added" : "already exists";
}

/// Each function prints the outcome, and returns true if no step is left to the operator.
class Registration {
public:
    explicit Registration(const GitHubSetup& what) : what_(what) {}

    bool key() {
        const auto& settings = what_.settings;
        if (!settings.ssh_key || what_.answers) return true;
        const auto key = public_key(what_.target, *settings.ssh_key);
        if (!key) {
            print_error(key.error());
            return false;
        }
        const auto add = [&](const forge::Registrar& registrar) {
            return forge::register_deploy_key(registrar, key->comment, key->line);
        };
        if (registered("deploy key", add)) return true;
        ask_for_key(settings, *key);
        return false;
    }

    bool webhook() {
        const auto& settings = what_.settings;
        if (!settings.github || !settings.relay || settings.relay->secret_files.empty())
            return true;
        // An earlier run has registered the webhook, or has printed the remaining steps.
        const bool anything_new = what_.new_secret || what_.new_settings;
        if (!what_.token && !anything_new) return true;
        const auto add = [&](const forge::Registrar& registrar) -> Result<forge::Registered> {
            const auto secret = TRY(webhook_secret(what_.target, settings));
            return forge::register_webhook(registrar, webhook_address(settings.relay->url), secret);
        };
        const auto done = registered("webhook", add, !anything_new);
        // An older webhook signs with another secret.
        if (done == forge::Registered::now || (done && !what_.new_secret)) return true;
        ask_for_webhook(what_.target, settings, done.has_value());
        return false;
    }

private:
    /// With `printed_before`, an earlier run has printed the remaining steps if the kept token
    /// lacks permission.
    template <class Act>
    std::optional<forge::Registered> registered(std::string_view thing, const Act& act,
                                                bool printed_before = false) {
        if (!what_.token || !what_.settings.github) return std::nullopt;
        const auto done = act(forge::Registrar{client_, *what_.settings.github, what_.token->secret,
                                               what_.settings.ca_file});
        if (!done) {
            if (printed_before && what_.token->kept &&
                done.error().code == ErrorCode::authentication)
                return forge::Registered::before;
            print_error(done.error());
            return std::nullopt;
        }
        print(fmt::format("  {:<16}{} on GitHub\n", thing, registration_outcome(*done)));
        return *done;
    }

    const GitHubSetup& what_;
    http::Client client_;
};

/// Each function prints the outcome, and returns false if GitHub refused the deletion.
class Unregistration {
public:
    explicit Unregistration(const GitHubRemoval& what) : what_(what) {}

    bool key() {
        const auto& settings = what_.settings;
        const auto key = public_key(what_.target, *settings.ssh_key);
        if (!key) print_error(key.error());
        const auto remove = [&](const forge::Registrar& registrar) -> Result<bool> {
            return forge::unregister_deploy_key(registrar, TRY(key).line);
        };
        if (key && deleted("deploy key", remove)) return true;
        const auto line = key ? key->line : settings.ssh_key->string();
        print(settings.github
                  ? fmt::format("\nDelete the deploy key at {}\n  Title: {}\n  Key:   {}\n",
                                forge::deploy_keys_page(*settings.github),
                                key ? key->comment : std::string{}, line)
                  : fmt::format("\nThis key can still read {}:\n  {}\n", settings.git_url, line));
        return !refused_;
    }

    bool webhook() {
        const auto& settings = what_.settings;
        const auto remove = [&](const forge::Registrar& registrar) {
            return forge::unregister_webhook(registrar, webhook_address(settings.relay->url));
        };
        if (!settings.github || deleted("webhook", remove)) return true;
        print(fmt::format("\nDelete the webhook at {}\n  Payload URL: {}\n",
                          forge::webhooks_page(*settings.github),
                          webhook_address(settings.relay->url)));
        return !refused_;
    }

private:
    template <class Act>
    bool deleted(std::string_view thing, const Act& act) {
        refused_ = false;
        if (!what_.token || !what_.settings.github) return false;
        const auto done = act(forge::Registrar{client_, *what_.settings.github, what_.token->secret,
                                               what_.settings.ca_file});
        if (!done) {
            // The app's own token need not have that permission.
            refused_ = !what_.token->kept;
            if (refused_) print_error(done.error());
            return false;
        }
        print(fmt::format("  {:<16}{} on GitHub\n", thing, *done ? "deleted" : "not found"));
        return true;
    }

    const GitHubRemoval& what_;
    http::Client client_;
    bool refused_ = false;
};

/// GitHub can show the deployments, if the app's own token may report them.
void offer_reports(const GitHubSetup& what) {
    const auto& settings = what.settings;
    if (!what.token || !what.token->kept || !settings.github || settings.github_report) return;
    http::Client client;
    const auto answer = forge::test_permission(
        client, GitHubReport::As::deployments,
        {.repository = *settings.github, .token = what.token->secret, .ca_file = settings.ca_file},
        system_clock().now());
    if (!forge::is_permitted(answer)) return;
    print(
        fmt::format("\nThe token has permission to report deployments to GitHub. To show them "
                    "there, add to {}:\n"
                    "  [report]\n"
                    "  github = \"deployments\"\n",
                    settings.file.string()));
}

}  // namespace

Result<std::optional<RegistrationToken>> setup_token(const std::string& file,
                                                     const setup::InstallTarget& target,
                                                     const Settings& settings, const Prompt& prompt,
                                                     std::string_view verb) {
    using Found = std::optional<RegistrationToken>;
    if (!settings.github) return Found{};
    if (file == "-") return Found{{token_from_input()}};
    if (!file.empty()) return Found{{TRY(SecretFiles{}.secret(fs::path{file}))}};
    const bool something = settings.ssh_key || settings.relay;
    if (something && prompt.present()) {
        print(fmt::format(
            "With a token (Administration: write, Webhooks: write), inhaul {} the deploy "
            "key and the webhook\non GitHub for you. inhaul uses the token once, and does not "
            "store it.\n",
            verb));
        const auto token = prompt.ask_secretly(
            fmt::format("Token (Enter: {} them manually)", verb.substr(0, verb.size() - 1)));
        if (token && !trimmed(token->reveal()).empty())
            return Found{{Secret{std::string{trimmed(token->reveal())}}}};
    }
    const auto acting = TRY(account::ActingAs::account(target.account));
    auto kept = TRY(SecretFiles{}.secret(settings.token_file));
    if (!kept) return Found{};
    return Found{{std::move(*kept), true}};
}

bool remove_from_github(const GitHubRemoval& what) {
    Unregistration unregistration{what};
    const bool key = !what.key || unregistration.key();
    return (!what.webhook || unregistration.webhook()) && key;
}

ManualSteps set_up_github(const GitHubSetup& what) {
    Registration registration{what};
    const bool key = registration.key();
    const bool webhook = registration.webhook();
    offer_reports(what);
    return {.key = !key, .webhook = !webhook};
}

}  // namespace inhaul::cli
