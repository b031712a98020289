// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/relay_channel.hpp>

#include <fmt/format.h>

#include <inhaul/util/http.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include "channel_answer.hpp"

namespace inhaul::setup {
namespace {

/// Returns `/CHANNEL` from the URL in the body of gosmee's answer; smee redirects instead. The host
/// of that URL is ignored: behind a proxy gosmee may not know its own name.
std::string gosmee_channel(const http::Response& answer) {
    constexpr std::size_t shortest = 12;
    constexpr std::size_t longest = 64;
    const auto url = trimmed(answer.body);
    const auto slash = url.rfind('/');
    if (answer.status != 200 || slash == std::string_view::npos || !http::origin_of(url)) return {};
    const auto name = url.substr(slash + 1);
    const bool fits =
        name.size() >= shortest && name.size() <= longest && is_alphanumeric(name, "-_");
    return fits ? std::string{url.substr(slash)} : std::string{};
}

/// The settings require the same of relay.url.
bool is_channel_at(const std::string& text, const std::string& server) {
    const auto url = Url::parse(text);
    return url && http::origin_of(text) == http::origin_of(server) && !url->user &&
           !url->fragment && !url->path.empty() && url->rest() != "/" &&
           text.find('\'') == std::string::npos && printable(text, text.size()) == text;
}

}  // namespace

Result<std::string> channel_in(const http::Response& answer, const std::string& server) {
    if (const auto channel = gosmee_channel(answer); !channel.empty()) return server + channel;
    auto location = std::string{answer.header("location").value_or("")};
    if (location.starts_with('/') && !location.starts_with("//")) location = server + location;
    if (answer.status / 100 != 3 || !is_channel_at(location, server))
        return fail(ErrorCode::protocol, fmt::format("status {} without a channel", answer.status),
                    "Create a channel in a browser, and pass its URL with --relay.");
    return location;
}

Result<std::string> create_relay_channel(const std::string& server,
                                         const std::optional<std::filesystem::path>& ca_file) {
    const auto intent = fmt::format("create a channel at {}", server);
    http::Client client;
    const auto answer =
        TRY_WITHIN(intent, http::fetch(client, {.url = server + "/new", .ca_file = ca_file}));
    return TRY_WITHIN(intent, channel_in(answer, server));
}

}  // namespace inhaul::setup
