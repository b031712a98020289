// SPDX-License-Identifier: Apache-2.0
#include "relay_table.hpp"

#include <fmt/format.h>

#include <inhaul/util/url.hpp>

#include <config/github_server.hpp>
#include <config/values.hpp>

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
    const auto url = Url::parse(*text);
    const bool user = url ? url->user.has_value() : url.error() == UrlFault::user;
    if (!user &&
        (!url || url->host.empty() || url->fragment || text->find('\'') != std::string::npos))
        return wrong("is not a URL", "Write the URL of the channel: \"https://smee.io/CHANNEL\".");
    if (user)
        return wrong("contains a user name or password", "Remove it: a relay needs no login.");
    if (!url->is_encrypted_or_local())
        return wrong(fmt::format("the URL of {} is not https", in_quotes(url->host)),
                     "Events would be sent unencrypted. Write https://.");
    if (url->path.empty() || url->rest() == "/")
        return wrong(fmt::format("names {} but no channel", in_quotes(url->host)),
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
