// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <memory>

#include <curl/curl.h>

#include <inhaul/util/handle.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include "fuzzing.hpp"

// The input is an address from an operator, a .gitmodules, a redirect or a push event.

using namespace inhaul;

namespace {

using ParsedByCurl = Handle<CURLU, curl_url_cleanup>;

std::string part_of(const ParsedByCurl& url, CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return {};
    return Handle<char, curl_free>{text}.get();
}

/// curl must connect to the origin that inhaul compares.
void check_against_curl(const std::string& text, const http::Origin& origin) {
    const ParsedByCurl url{curl_url()};
    if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        return;
    // curl writes an address in its shortest form, and some names that are numbers as addresses.
    const auto host = lower_case(part_of(url, CURLUPART_HOST));
    const bool is_name =
        origin.host.find_first_not_of("0123456789abcdefx.:[]%") != std::string::npos;
    fuzz::require(!is_name || origin.host.starts_with('[') || host == origin.host,
                  "curl connects to the host that was read");
    int port = 0;
    const auto digits = part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    std::from_chars(digits.data(), digits.data() + digits.size(), port);
    fuzz::require(port == origin.port, "curl connects to the port that was read");
    fuzz::require(part_of(url, CURLUPART_SCHEME) == origin.scheme, "curl reads the same scheme");
}

void check_url(std::string_view text) {
    const auto split = Url::split(text);
    fuzz::require(split.has_value() == (text.find("://") != std::string_view::npos),
                  "text with a scheme is split");
    if (split)
        fuzz::require(lower_case(split->text()) == lower_case(text),
                      "the parts form the same text");
    const auto url = Url::parse(text);
    fuzz::require(url.has_value() == (split && !split->fault()),
                  "only a URL without a fault is parsed");
    if (!url) return;
    fuzz::require(*url == *split, "parsing splits");
    fuzz::require(Url::parse(url->text()) == url, "a URL reads back as the same");
    fuzz::require(!fuzz::has_control_character(url->text()), "a URL has no control character");
    fuzz::require(url->host.find_first_of("/@?#\\ ") == std::string::npos &&
                      !url->host.starts_with('-') && !url->bare_host().starts_with('-'),
                  "a host is nothing but a host");
    fuzz::require(!url->user || !url->user->starts_with('-'), "a user is no option");
    fuzz::require(url->path.empty() || url->path.starts_with('/'), "a path begins at the top");
    fuzz::require(!url->port || (url->port_number() > 0 && url->port_number() <= 65535),
                  "a port is a number");
    const auto origin = http::origin_of(text);
    fuzz::require(origin.has_value() == !url->host.empty(), "a URL with a host has an origin");
    if (origin && (url->scheme == "http" || url->scheme == "https"))
        check_against_curl(std::string{text}, *origin);
}

void check_scp(std::string_view text) {
    const auto address = ScpAddress::split(text);
    if (!address) return;
    fuzz::require(text.find("://") == std::string_view::npos, "a URL is no address of scp's");
    fuzz::require(lower_case((address->user ? *address->user + "@" : "") + address->host + ":" +
                             address->path) == lower_case(text),
                  "the parts form the same text");
    fuzz::require(address->host.find('/') == std::string::npos, "a host has no path");
}

}  // namespace

void fuzz::run(std::string_view input) {
    check_url(input);
    check_url("https://" + std::string{input});
    check_url("ssh://" + std::string{input});
    check_scp(input);
}
