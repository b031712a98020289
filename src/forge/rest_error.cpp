// SPDX-License-Identifier: Apache-2.0
#include "rest_error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/util/bounded_json.hpp>
#include <inhaul/util/text.hpp>

#include "json_text.hpp"
#include "rate_limit.hpp"

namespace inhaul::forge {
namespace {

using Json = nlohmann::json;

/// Returns GitHub's message, with the messages of its errors.
std::string words_of(const Json& body) {
    auto words = text_in(body, "message");
    const auto errors = body.is_object() ? body.value("errors", Json::array()) : Json::array();
    for (const auto& error : errors)
        if (const auto text = text_in(error, "message"); !text.empty()) words += ": " + text;
    return printable(words, 200);
}

}  // namespace

Error rest_error(const http::Response& response, std::string_view permission, TimePoint now,
                 const std::optional<std::filesystem::path>& token_file) {
    const auto status = response.status;
    const auto body = Json::parse(bounded_json(response.body), nullptr, false);
    auto message = fmt::format("GitHub answers with status {}", status);
    if (const auto words = words_of(body); !words.empty()) message += ": " + words;
    const auto limit = read_rate_limit(response, now);
    // A 403 may be a limit, which needs no other token.
    if (is_rate_limit(response, limit, text_in(body, "message")))
        return {.code = ErrorCode::network,
                .message = std::move(message),
                .transient = true,
                .reason = ErrorReason::rate_limited,
                .retry_after = std::chrono::ceil<Seconds>(refused_until(limit, now) - now)};
    if (status >= 500)
        return {.code = ErrorCode::network,
                .message = std::move(message),
                .transient = true,
                .reason = ErrorReason::server_error,
                .retry_after = http::retry_after(response, now)};
    if (status == 401)
        return {ErrorCode::authentication, std::move(message),
                fmt::format("Replace the token{}: it is invalid, revoked or expired.",
                            token_file ? " in " + token_file->string() : "")};
    // 404 also means that the token may not see it.
    if (status == 403 || status == 404)
        return {.code = ErrorCode::authentication,
                .message = std::move(message),
                .hint = fmt::format("The token needs the permission {} on this repository.",
                                    permission),
                .reason = ErrorReason::forbidden};
    return {ErrorCode::failed, std::move(message)};
}

}  // namespace inhaul::forge
