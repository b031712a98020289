// SPDX-License-Identifier: Apache-2.0
#include "reply.hpp"

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "json_text.hpp"

namespace inhaul::forge {

using nlohmann::json;

std::string words_in(const json& object, const char* key) {
    return printable(text_in(object, key), 200);
}

std::string shown(const Reply& reply, std::string_view header) {
    return printable(reply.response.header(header).value_or(""), 300);
}

std::string server_message(const Reply& reply) {
    auto words = words_in(reply.body, "message");
    while (words.ends_with('.'))
        words.pop_back();
    return words.empty() ? words : ": " + words;
}

std::string token_file(const Reply& reply) {
    const auto& file = reply.request.settings.token_file;
    return file ? file->string() : std::string{"auth.token_file"};
}

std::string request_id(const Reply& reply) {
    const auto id = shown(reply, "x-github-request-id");
    return id.empty() ? id : fmt::format(" (request {})", id);
}

PollError poll_error(const Reply& reply, PollErrorKind kind, std::string_view message,
                     std::string hint) {
    return {.kind = kind,
            .message = fmt::format("{}: {}", reply.subject, message),
            .hint = std::move(hint)};
}

PollError invalid_answer(const Reply& reply, std::string_view what) {
    return poll_error(reply, PollErrorKind::invalid_answer,
                      fmt::format("{}{}", what, request_id(reply)),
                      fmt::format("Check that {} is a GitHub API and not a proxy or a log-in page.",
                                  reply.request.settings.github->api));
}

}  // namespace inhaul::forge
