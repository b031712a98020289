#include "relay_table.hpp"

#include <fmt/format.h>

#include <inhaul/util/http.hpp>

#include "github_server.hpp"
#include "values.hpp"

namespace inhaul::config {
namespace {

/// The URL is like a password for the relay, so a message contains only its host.
std::optional<std::string> read_url(Document& document) {
    auto text = document.text("relay.url");
    if (!text) return std::nullopt;
    const auto wrong = [&](std::string message, std::string hint) {
        document.problem("relay.url", std::move(message), std::move(hint));
        return std::nullopt;
    };
    const auto origin = http::origin_of(*text);
    const auto host_ends = text->find('/', text->find("://") + 3);
    if (!origin || has_control_character(*text) ||
        text->find_first_of(" #\\\"'") != std::string::npos)
        return wrong("is not a URL", "Write the URL of the channel: \"https://smee.io/CHANNEL\".");
    if (text->find('@') < host_ends)
        return wrong("contains a user name or password", "Remove it: a relay needs no login.");
    if (origin->scheme != "https" && !(origin->scheme == "http" && is_loopback(origin->host)))
        return wrong(fmt::format("the URL of {} is not https", in_quotes(origin->host)),
                     "Events would be sent unencrypted. Write https://.");
    if (host_ends == std::string::npos || host_ends + 1 == text->size())
        return wrong(fmt::format("names {} but no channel", in_quotes(origin->host)),
                     "Create a channel there, and write its full URL.");
    return text;
}

}  // namespace

std::optional<RelaySettings> read_relay(Document& document) {
    auto url = read_url(document);
    RelaySettings relay;
    for (const auto* const key : {"relay.secret_file", "relay.old_secret_file"}) {
        if (auto path = path_at(document, key)) relay.secret_files.push_back(std::move(*path));
        if (document.has(key) && !document.has("relay.url"))
            document.problem(key, "has no effect without relay.url", "Set relay.url.");
    }
    if (document.has("relay.old_secret_file") && !document.has("relay.secret_file"))
        document.problem("relay.old_secret_file", "has no effect without relay.secret_file",
                         "Set relay.secret_file to the current secret.");
    if (!url) return std::nullopt;
    relay.url = std::move(*url);
    return relay;
}

}  // namespace inhaul::config
