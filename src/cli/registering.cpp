#include "registering.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include <inhaul/forge/registration.hpp>
#include <inhaul/util/file.hpp>
#include <inhaul/util/secret_files.hpp>
#include <inhaul/util/text.hpp>

#include "../wiring.hpp"
#include "console.hpp"

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
    return Secret{std::string{trimmed(text)}};
}

/// The half of the app's key that may be shown, if it is a key that we know the whole of.
std::optional<std::string> public_key(const Settings& settings) {
    if (!settings.ssh_key) return std::nullopt;
    const auto text = file::read(fs::path{*settings.ssh_key}.concat(".pub"), largest_key);
    if (!text) return std::nullopt;
    return std::string{trimmed(*text)};
}

std::string key_title(std::string_view public_key) {
    const auto second = public_key.find(' ', public_key.find(' ') + 1);
    return second == std::string_view::npos ? "inhaul" : std::string{public_key.substr(second + 1)};
}

void ask_for_key(const Settings& settings, const std::string& key) {
    if (!settings.github) {
        print(fmt::format("\nLet this key read {}:\n  {}\n", settings.git_url, key));
        return;
    }
    print(
        fmt::format("\nAdd the deploy key at {}\n"
                    "  Title:              {}\n"
                    "  Key:                {}\n"
                    "  Allow write access: no\n",
                    forge::deploy_key_page(*settings.github), key_title(key), key));
}

void ask_for_webhook(const Settings& settings) {
    print(
        fmt::format("\nAdd the webhook at {}\n"
                    "  Payload URL:      {}\n"
                    "  Content type:     application/json\n"
                    "  Secret:           what this prints: cat {}\n"
                    "  SSL verification: enabled\n"
                    "  Events:           just the push event\n",
                    forge::webhook_page(*settings.github), settings.relay->url,
                    settings.relay->secret_files.front().string()));
}

std::string_view told(forge::Registered registered) {
    return registered == forge::Registered::now ? "added" : "there already";
}

}  // namespace

Result<std::string> begin_channel(const std::string& server,
                                  const std::optional<fs::path>& ca_file) {
    const auto intent = fmt::format("begin a channel at {}", server);
    http::Client client{wiring::user_agent()};
    const auto answer =
        TRY_WITHIN(intent, http::fetch(client, {.url = server + "/new", .ca_file = ca_file}));
    auto location = std::string{answer.header("location").value_or("")};
    if (location.starts_with('/') && !location.starts_with("//")) location = server + location;
    if (answer.status / 100 != 3 || http::origin_of(location) != http::origin_of(server))
        return fail(ErrorCode::protocol,
                    fmt::format("{}: it answers with status {}, and leads to no channel", intent,
                                answer.status),
                    "Begin one in a browser, and name its URL with --relay.");
    return location;
}

Result<std::optional<Secret>> registering_token(const std::string& file, const Settings& settings,
                                                const Person& person) {
    if (!settings.github) return std::nullopt;
    if (file == "-") return token_from_input();
    if (!file.empty()) return TRY(SecretFiles{}.secret(fs::path{file}));
    const bool something = settings.ssh_key || settings.relay;
    if (something && person.present()) {
        print(
            "A token with Administration: write and Webhooks: write on the repository adds the key "
            "and the\nwebhook for you. It is used once, and not kept.\n");
        const auto token = person.ask_secretly("Token (Enter: you add them yourself)");
        if (token && !trimmed(token->reveal()).empty())
            return Secret{std::string{trimmed(token->reveal())}};
    }
    return SecretFiles{}.secret(settings.token_file);
}

bool register_app(const Settings& settings, const std::optional<Secret>& token, bool answers) {
    bool complete = true;
    http::Client client{wiring::user_agent()};
    // Tells how it went, or leaves it to the person.
    const auto registered = [&](std::string_view what, const auto& act) {
        if (token && settings.github) {
            const auto done =
                act(forge::Registrar{client, *settings.github, *token, settings.ca_file});
            if (done) {
                print(fmt::format("  {:<16}{} on GitHub\n", what, told(*done)));
                return true;
            }
            print_error(done.error());
        }
        complete = false;
        return false;
    };
    if (const auto key = public_key(settings); key && !answers) {
        const auto add = [&](const forge::Registrar& registrar) {
            return forge::register_deploy_key(registrar, key_title(*key), *key);
        };
        if (!registered("deploy key", add)) ask_for_key(settings, *key);
    }
    if (settings.github && settings.relay && !settings.relay->secret_files.empty()) {
        const auto add = [&](const forge::Registrar& registrar) -> Result<forge::Registered> {
            const auto secret = TRY(file::read(settings.relay->secret_files.front(), largest_key));
            return forge::register_webhook(registrar, settings.relay->url,
                                           Secret{std::string{trimmed(secret)}});
        };
        if (!registered("webhook", add)) ask_for_webhook(settings);
    }
    return complete;
}

}  // namespace inhaul::cli
