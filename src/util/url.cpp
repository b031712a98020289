// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/url.hpp>

#include <algorithm>
#include <charconv>

#include <inhaul/util/text.hpp>

namespace inhaul {
namespace {

constexpr auto none = std::string_view::npos;

/// Removes and returns the text before the first delimiter.
std::string_view take_until(std::string_view& text, std::string_view delimiters) {
    const auto end = std::min(text.find_first_of(delimiters), text.size());
    const auto part = text.substr(0, end);
    text.remove_prefix(end);
    return part;
}

/// Removes the last @ with the user before it, and returns the user.
std::optional<std::string> take_user(std::string_view& authority) {
    const auto at = authority.rfind('@');
    if (at == none) return std::nullopt;
    std::string user{authority.substr(0, at)};
    authority.remove_prefix(at + 1);
    return user;
}

/// Returns the position of the last colon outside an IPv6 address.
std::size_t colon_behind_host(std::string_view text) {
    const auto colon = text.rfind(':');
    const auto bracket = text.rfind(']');
    return colon != none && bracket != none && colon < bracket ? none : colon;
}

bool is_scheme(std::string_view text) {
    return !text.empty() && is_letter(text.front()) && is_alphanumeric(text, "+-.");
}

bool is_user(std::string_view text) {
    const auto decoded = percent_decoded(text);
    return decoded && !decoded->empty() && decoded->front() != '-' &&
           is_alphanumeric(text, "-._~+:%") &&
           std::none_of(decoded->begin(), decoded->end(), is_control);
}

bool is_address(std::string_view text) {
    const auto percent = std::min(text.find('%'), text.size());
    const auto address = text.substr(0, percent);
    const auto zone = text.substr(percent);
    return std::count(address.begin(), address.end(), ':') >= 2 &&
           address.find_first_not_of("0123456789abcdef:.") == none &&
           (zone.empty() || (zone.size() > 1 && is_alphanumeric(zone.substr(1), "-._%")));
}

bool is_host(std::string_view text) {
    if (text.starts_with('['))
        return text.ends_with(']') && is_address(text.substr(1, text.size() - 2));
    return !text.empty() && text.front() != '-' && text.front() != '.' &&
           is_alphanumeric(text, "-._");
}

std::optional<int> port_in(std::string_view text) {
    constexpr int largest = 65535;
    int number = 0;
    const auto* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end || number < 1 || number > largest)
        return std::nullopt;
    return number;
}

bool is_clean(std::string_view text, std::string_view unwanted) {
    return std::all_of(text.begin(), text.end(),
                       [&](char c) { return !is_control(c) && unwanted.find(c) == none; });
}

}  // namespace

std::optional<Url> Url::split(std::string_view text) {
    const auto scheme = text.find("://");
    if (scheme == none) return std::nullopt;
    Url url;
    url.scheme = lower_case(text.substr(0, scheme));
    text.remove_prefix(scheme + 3);
    auto authority = take_until(text, "/?#");
    url.user = take_user(authority);
    if (const auto colon = colon_behind_host(authority); colon != none) {
        url.port = authority.substr(colon + 1);
        authority = authority.substr(0, colon);
    }
    url.host = lower_case(authority);
    url.path = take_until(text, "?#");
    if (text.starts_with('?')) url.query = take_until(text, "#").substr(1);
    if (text.starts_with('#')) url.fragment = text.substr(1);
    return url;
}

tl::expected<Url, UrlFault> Url::parse(std::string_view text) {
    auto url = split(text);
    if (!url) return tl::unexpected{UrlFault::form};
    if (const auto fault = url->fault()) return tl::unexpected{*fault};
    return *std::move(url);
}

std::optional<UrlFault> Url::fault() const {
    if (!is_clean(text(), is_web() ? " \"\\" : "")) return UrlFault::form;
    if (!is_scheme(scheme)) return UrlFault::scheme;
    if (user && !is_user(*user)) return UrlFault::user;
    const bool file = scheme == "file";
    if (file ? !host.empty() || user || port : !is_host(host)) return UrlFault::host;
    if (port && !port_in(*port)) return UrlFault::port;
    if (!path.empty() && !path.starts_with('/')) return UrlFault::path;
    return std::nullopt;
}

bool Url::is_web() const {
    return scheme == "http" || scheme == "https";
}

bool Url::is_encrypted_or_local() const {
    return scheme == "https" || (scheme == "http" && is_loopback(host));
}

int Url::port_number() const {
    return port ? port_in(*port).value_or(0) : default_port(scheme);
}

std::string Url::bare_host() const {
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    return bracketed ? host.substr(1, host.size() - 2) : host;
}

std::string Url::base() const {
    return scheme + "://" + (user ? *user + "@" : "") + host + (port ? ":" + *port : "");
}

std::string Url::rest() const {
    return path + (query ? "?" + *query : "") + (fragment ? "#" + *fragment : "");
}

std::string Url::text() const {
    return base() + rest();
}

std::optional<ScpAddress> ScpAddress::split(std::string_view text) {
    if (text.find("://") != none) return std::nullopt;
    const auto bracket = text.find('[');
    auto colon = text.find(':');
    if (bracket < colon) colon = text.find(':', std::min(text.find(']'), text.size()));
    if (colon == none || text.find('/') < colon) return std::nullopt;
    ScpAddress address;
    auto account = text.substr(0, colon);
    address.user = take_user(account);
    address.host = lower_case(account);
    address.path = text.substr(colon + 1);
    return address;
}

bool has_scheme(std::string_view url, std::string_view scheme) {
    return url.starts_with(scheme) && url.substr(scheme.size()).starts_with("://");
}

int default_port(std::string_view scheme) {
    return scheme == "https" ? 443 : scheme == "http" ? 80 : scheme == "ssh" ? 22 : 0;
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "[::1]" || host == "::1" ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == none);
}

}  // namespace inhaul
