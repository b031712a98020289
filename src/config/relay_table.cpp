#include "relay_table.hpp"

#include <fmt/format.h>

#include <inhaul/util/http.hpp>

#include "github_server.hpp"
#include "values.hpp"

namespace inhaul::config {
namespace {

/// The URL is as good as a password on a relay: a message repeats no more of it than its host.
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
        return wrong("is no URL", "Write that of the channel: \"https://smee.io/CHANNEL\".");
    if (text->find('@') < host_ends)
        return wrong("holds a user name or password", "Take it out: a relay asks for none.");
    if (origin->scheme != "https" && !(origin->scheme == "http" && is_loopback(origin->host)))
        return wrong(fmt::format("that of {} is not https", in_quotes(origin->host)),
                     "What the relay says would travel in the clear. Write https://.");
    if (host_ends == std::string::npos || host_ends + 1 == text->size())
        return wrong(fmt::format("names {} and no channel", in_quotes(origin->host)),
                     "Begin a channel there, and write its whole URL.");
    return text;
}

}  // namespace

std::optional<RelaySettings> read_relay(Document& document) {
    auto url = read_url(document);
    RelaySettings relay;
    for (const auto* const key : {"relay.secret_file", "relay.old_secret_file"}) {
        if (auto path = path_at(document, key)) relay.secret_files.push_back(std::move(*path));
        if (document.has(key) && !document.has("relay.url"))
            document.problem(key, "is of no use without relay.url",
                             "Name the channel that the webhook is sent to: relay.url.");
    }
    if (document.has("relay.old_secret_file") && !document.has("relay.secret_file"))
        document.problem("relay.old_secret_file", "is of no use without relay.secret_file",
                         "Name the secret that is in use now: relay.secret_file.");
    if (!url) return std::nullopt;
    relay.url = std::move(*url);
    return relay;
}

}  // namespace inhaul::config
