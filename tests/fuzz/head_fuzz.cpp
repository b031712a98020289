#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <inhaul/forge/git_remote.hpp>
#include <inhaul/forge/github.hpp>

#include "forge/check_pages.hpp"
#include "unit/forge/question.hpp"

// The input is what a hostile server, or a child gone wrong, may say: a line with the status,
// header lines, an empty line, the body.

using namespace inhaul;

namespace {

std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return line;
}

http::Response response_from(std::string_view input) {
    http::Response response;
    const auto status = take_line(input);
    for (const char c : status.substr(0, 3))
        response.status = response.status * 10 + (c >= '0' && c <= '9' ? c - '0' : 0);
    for (auto line = take_line(input); !line.empty(); line = take_line(input)) {
        const auto colon = line.find(':');
        const auto value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
        response.headers.emplace_back(line.substr(0, colon), value);
    }
    response.body = input;
    return response;
}

void require(bool held) {
    if (!held) std::abort();
}

void check(const HeadAnswer& answer, TimePoint now) {
    if (const auto* head = std::get_if<NewHead>(&answer.what))
        require(CommitId::parse(head->commit.hex()).has_value());
    const auto* trouble = std::get_if<CannotTell>(&answer.what);
    if (trouble == nullptr) return;
    require(!trouble->message.empty());
    require(trouble->message.find('\n') == std::string::npos);
    const auto until = trouble->not_before.value_or(now);
    require(until >= now && until <= now + std::chrono::hours{24});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto app = test::settings();
    static const forge::HeadQuestion question{app, test::commit(test::known_hex), {}};
    constexpr TimePoint now{Seconds{1'795'000'000}};
    const std::string_view input{reinterpret_cast<const char*>(data), size};

    const auto response = response_from(input);
    check(forge::read_head_reply(response, question, size % 2 == 0, now), now);
    if (const auto move = forge::read_move(response, forge::head_request(question, {}).url))
        require(http::origin_of(move->url) == http::origin_of(app.github->api));
    check(forge::parse_answer(input), now);
    for (const auto& read : {forge::read_statuses, forge::read_check_runs,
                             forge::read_workflow_runs, forge::read_check_suites})
        if (auto page = read(response.body))
            for (const auto& each : forge::newest_of_each(std::move(page->items)))
                require(each.check.name.find('\n') == std::string::npos);
    (void)forge::names_next_page(response);
    return 0;
}
