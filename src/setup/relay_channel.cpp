// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/relay_channel.hpp>

#include <fmt/format.h>

#include <inhaul/util/http.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::setup {
namespace {

/// Returns `/CHANNEL` from the URL in the body of gosmee's answer; smee redirects instead. The host
/// of that URL is ignored: behind a proxy gosmee may not know its own name.
std::string gosmee_channel(const http::Response& answer) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    constexpr std::size_t shortest = 12;
    constexpr std::size_t longest = 64;
    const auto url = trimmed(answer.body);
    const auto slash = url.rfind('/');
    if (answer.status != 200 || slash == std::string_view::npos || !http::origin_of(url)) return {};
    const auto name = url.substr(slash + 1);
    const bool fits = name.size() >= shortest && name.size() <= longest &&
                      name.find_first_not_of(allowed) == std::string_view::npos;
    return fits ? std::string{url.substr(slash)} : std::string{};
}

}  // namespace

Result<std::string> create_relay_channel(const std::string& server,
                                         const std::optional<std::filesystem::path>& ca_file) {
    const auto intent = fmt::format("create a channel at {}", server);
    http::Client client;
    const auto answer =
        TRY_WITHIN(intent, http::fetch(client, {.url = server + "/new", .ca_file = ca_file}));
    if (const auto channel = gosmee_channel(answer); !channel.empty()) return server + channel;
    auto location = std::string{answer.header("location").value_or("")};
    if (location.starts_with('/') && !location.starts_with("//")) location = server + location;
    if (answer.status / 100 != 3 || http::origin_of(location) != http::origin_of(server))
        return fail(ErrorCode::protocol,
                    fmt::format("{}: status {} without a channel", intent, answer.status),
                    "Create a channel in a browser, and pass its URL with --relay.");
    return location;
}

}  // namespace inhaul::setup
