// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/github.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include <config/github_server.hpp>
#include <forge/check_pages.hpp>
#include <util/http/transfer.hpp>

#include "fuzzing.hpp"

// The input is a URL, and a Link header below it, or any header lines.

using namespace inhaul;

namespace {

void check_url(std::string_view url) {
    if (const auto origin = http::origin_of(url)) {
        fuzz::require(!origin->scheme.empty() && !origin->host.empty(), "an origin is complete");
        fuzz::require(lower_case(origin->host) == origin->host, "a host is in lower case");
        fuzz::require(origin->host.find_first_of("/@?# \n") == std::string::npos,
                      "a host is nothing but a host");
        fuzz::require(origin->port >= 0 && origin->port <= 65535, "a port has a valid number");
    }
    const auto server = config::GitHubServer::at(url);
    if (!server) return fuzz::require_readable(server.error());
    fuzz::require(!fuzz::has_control_character(server->api()) && !server->api().ends_with('/'),
                  "an API's address is a clean URL");
    const auto origin = http::origin_of(server->api());
    fuzz::require(origin.has_value(), "an API's address has an origin");
    fuzz::require(origin->scheme == "https" || is_loopback(origin->host),
                  "an API gets requests over TLS, or on this host");
    const auto again = config::GitHubServer::at(server->api());
    fuzz::require(again && again->api() == server->api() && again->host() == server->host(),
                  "an API's address reads back as the same");
}

void check_move(std::string_view url, std::string_view location) {
    http::Response moved{.status = 301, .headers = {{"location", std::string{location}}}};
    const auto move = forge::read_move(moved, url);
    if (!move) return;
    fuzz::require(http::origin_of(move->url) == http::origin_of(url), "a move stays on its host");
    fuzz::require(move->repository_id > 0, "a move names a repository by number");
}

void check_headers(std::string_view lines) {
    http::Response response;
    while (!lines.empty()) {
        const auto line = fuzz::take_line(lines);
        const auto before = response.headers.size();
        http::add_header(line, response);
        fuzz::require(response.headers.size() <= before + 1, "a line has one header at most");
        fuzz::require(!trimmed(line).starts_with("HTTP/") || response.headers.empty(),
                      "a status line begins a new answer");
    }
    for (const auto& [name, value] : response.headers) {
        fuzz::require(lower_case(name) == name && name.find(':') == std::string::npos,
                      "a header has a name in lower case");
        fuzz::require(trimmed(value) == value, "a header's value has no white space around it");
        fuzz::require(response.header(name).has_value(), "a header is found by its name");
    }
}

/// The program ignores white space and URLs between the letters.
bool has_in_order(std::string_view text, std::string_view letters) {
    for (const char letter : letters) {
        const auto at = text.find(letter);
        if (at == std::string_view::npos) return false;
        text.remove_prefix(at + 1);
    }
    return true;
}

}  // namespace

void fuzz::run(std::string_view input) {
    require(percent_decoded(http::percent_encode(input)) == input,
            "encoded text decodes to the same");
    auto rest = input;
    const auto url = take_line(rest);
    check_url(url);
    check_headers(rest);
    check_move(url, rest);
    check_move("https://api.github.com/repos/octo/app/commits/x", rest);
    const http::Response page{.status = 200, .headers = {{"link", std::string{rest}}}};
    require(!forge::names_next_page(page) || has_in_order(lower_case(rest), "next"),
            "a further page is named in the header");
    if (const auto slug = config::slug_in(url))
        require(!has_control_character(slug->owner + slug->name) &&
                    slug->owner.find('/') == std::string::npos &&
                    slug->name.find('/') == std::string::npos && !slug->owner.empty() &&
                    !slug->name.empty(),
                "owner and name are one part each");
}
