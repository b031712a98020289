// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/git_remote.hpp>
#include <inhaul/forge/github.hpp>

#include "forge/check_pages.hpp"
#include "fuzzing.hpp"
#include "unit/forge/request.hpp"

// The input is an answer of a hostile server, or of a faulty child: a line with the status, header
// lines, an empty line, the body.

using namespace inhaul;

namespace {

http::Response response_from(std::string_view input) {
    http::Response response;
    const auto status = fuzz::take_line(input);
    for (const char c : status.substr(0, 3))
        response.status = response.status * 10 + (c >= '0' && c <= '9' ? c - '0' : 0);
    for (auto line = fuzz::take_line(input); !line.empty(); line = fuzz::take_line(input)) {
        const auto colon = line.find(':');
        const auto value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
        response.headers.emplace_back(line.substr(0, colon), value);
    }
    response.body = input;
    return response;
}

void check(const HeadAnswer& answer, TimePoint now) {
    if (const auto* head = std::get_if<NewHead>(&answer.what))
        fuzz::require(CommitId::parse(head->commit.hex()).has_value(), "a head is a commit ID");
    const auto* poll_error = std::get_if<PollError>(&answer.what);
    if (poll_error == nullptr) return;
    fuzz::require_readable(poll_error->message);
    const auto until = poll_error->not_before.value_or(now);
    fuzz::require(until >= now && until <= now + std::chrono::hours{24},
                  "a server cannot ask for more than a day");
}

}  // namespace

void fuzz::run(std::string_view input) {
    static const auto app = test::settings();
    static const forge::HeadRequest request{app, test::commit(test::known_hex), {}};
    constexpr TimePoint now{Seconds{1'795'000'000}};
    const auto response = response_from(input);
    check(forge::read_head_reply(response, request, input.size() % 2 == 0, now), now);
    if (const auto move = forge::read_move(response, forge::head_request(request, {}).url))
        require(http::origin_of(move->url) == http::origin_of(app.github->api),
                "a redirect stays on its host");
    check(forge::parse_answer(input, now), now);
    (void)forge::names_next_page(response);
}
