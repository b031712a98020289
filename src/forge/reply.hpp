// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <inhaul/forge/forge.hpp>

#include "rate_limit.hpp"

namespace inhaul::forge {

/// A reply, its request, and the texts for messages about it.
struct Reply {
    const http::Response& response;
    const HeadRequest& request;
    bool authenticated;
    TimePoint now;
    RateLimit limit;
    std::string host;
    std::string subject;  ///< main of octo/app
    nlohmann::json body;  ///< discarded when it is no JSON
};

/// Returns a string member of an answer as one printable line. Empty if there is none.
[[nodiscard]] std::string words_in(const nlohmann::json& object, const char* key);
/// Returns a header as one printable line.
[[nodiscard]] std::string shown(const Reply& reply, std::string_view header);
/// Returns `: Bad credentials`: GitHub's own message, if there is one.
[[nodiscard]] std::string server_message(const Reply& reply);
/// Returns the path of the file with the token, for hints.
[[nodiscard]] std::string token_file(const Reply& reply);
/// Returns ` (request 7C1A:…)`, by which GitHub's support finds the request.
[[nodiscard]] std::string request_id(const Reply& reply);

[[nodiscard]] PollError poll_error(const Reply& reply, PollErrorKind kind, std::string_view message,
                                   std::string hint = {});
[[nodiscard]] PollError invalid_answer(const Reply& reply, std::string_view what);

/// 403, which has five meanings.
[[nodiscard]] PollError forbidden(const Reply& reply);
[[nodiscard]] PollError rate_limited(const Reply& reply);
[[nodiscard]] PollError legal_block(const Reply& reply);

}  // namespace inhaul::forge
