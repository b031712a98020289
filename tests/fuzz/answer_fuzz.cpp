// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/url.hpp>

#include <git/transport/http_answer.hpp>

#include "fuzzing.hpp"

// The input is a hostile server's answer to a poll over https: a line with the status, the lines
// with Location and Content-Type, and the body.

using namespace inhaul;

namespace {

constexpr std::string_view base{"https://git.example.com/octo/app.git"};

http::Response answer_from(std::string_view& input) {
    http::Response answer;
    for (const char c : fuzz::take_line(input).substr(0, 3))
        answer.status = answer.status * 10 + (c >= '0' && c <= '9' ? c - '0' : 0);
    answer.headers.emplace_back("location", fuzz::take_line(input));
    answer.headers.emplace_back("content-type", fuzz::take_line(input));
    answer.body = input;
    return answer;
}

void check_redirect(const git::Access& access, const std::string& from, std::string_view path,
                    const http::Response& answer) {
    const auto target = git::redirected(access, from, path, answer);
    if (!target) return fuzz::require_readable(target.error());
    const auto request = git::git_request(access, *target, path, "", git::ProtocolVersion::two);
    fuzz::require(http::origin_of(request.url) == http::origin_of(from),
                  "a redirect of git stays on its host");
    fuzz::require(!fuzz::has_control_character(*target), "a redirect leads to a clean URL");
    // The next hop begins where this one leads.
    http::Response again{.status = 302, .headers = {{"location", request.url}}};
    const auto further = git::redirected(access, *target, path, again);
    fuzz::require(further && *further == *target, "a redirect to itself changes nothing");
}

}  // namespace

void fuzz::run(std::string_view input) {
    constexpr std::string_view token{"sesame"};
    const bool echoes = input.find(token) != std::string_view::npos;
    const auto answer = answer_from(input);
    for (const bool with_token : {false, true}) {
        git::Access access{.url = std::string{base}};
        if (with_token) access.token = Secret{std::string{token}};
        for (const auto path : {git::service_path, git::refs_path})
            check_redirect(access, std::string{base}, path, answer);
        const auto error =
            git::not_a_git_answer(access, answer, git::explains(answer) ? answer.body : "");
        require_readable(error);
        require(echoes || error.message.find(token) == std::string::npos, "a message has no token");
    }
    require(!git::is_git_answer(answer) || answer.status == 200, "a git server's answer is a 200");
    require(!(git::is_git_answer(answer) && git::explains(answer)),
            "a git server's answer is no explanation");
}
