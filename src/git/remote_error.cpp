#include "remote_error.hpp"

#include <charconv>

#include <fmt/format.h>

#include "library.hpp"

namespace inhaul::git {
namespace {

bool says(std::string_view text, std::string_view words) {
    return text.find(words) != std::string_view::npos;
}

/// libgit2 tells a status that it does not expect in words only; 0 without one.
int http_status(std::string_view message) {
    constexpr std::string_view before{"status code: "};
    const auto at = message.find(before);
    if (at == std::string_view::npos) return 0;
    const auto digits = message.substr(at + before.size());
    int status = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), status);
    return status;
}

void judge_status(Error& error, int status) {
    error.transient = status >= 500 || status == 429;
    if (status == 404 || status == 410) error.code = ErrorCode::not_found;
    if (status == 401 || status == 403) error.code = ErrorCode::authentication;
    if (status == 403) error.hint = "May this token read the repository's contents?";
}

void judge_http(Error& error) {
    if (const int status = http_status(error.message); status != 0) {
        error.code = ErrorCode::network;
        judge_status(error, status);
    } else if (says(error.message, "redirect")) {
        error.code = ErrorCode::configuration;
        error.transient = false;
        error.hint =
            "The repository has moved: write its new URL, if you trust it. A token is not "
            "taken along to another host.";
    } else if (error.code == ErrorCode::io) {
        // A socket's errors come as the system's.
        error.code = says(error.message, "timed out") ? ErrorCode::timeout : ErrorCode::network;
        error.transient = true;
    }
}

}  // namespace

Error remote_error(int code, const Conversation& conversation) {
    if (conversation.failure) return *conversation.failure;
    const auto& access = conversation.access;
    auto error = library_error(code, fmt::format("fetch {}", access.url));
    if (access.token) error.message = redact(std::move(error.message), *access.token);
    if (access.url.starts_with("http")) judge_http(error);
    // What it calls "unsupported URL protocol": it takes a path for a URL when nothing is there.
    if ((access.url.starts_with("/") || access.url.starts_with("file://")) &&
        error.code == ErrorCode::network)
        error = {ErrorCode::not_found, fmt::format("fetch {}: no repository there", access.url)};
    if (error.code == ErrorCode::not_found && error.hint.empty())
        error.hint = access.token ? "No such repository there, or this token may not see it."
                                  : "Is there a repository?";
    return error;
}

}  // namespace inhaul::git
