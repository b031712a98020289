// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <ctime>
#include <initializer_list>

#include <fmt/format.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include "transfer.hpp"

namespace inhaul::http {
namespace {

/// A number that does not fit is more than the longest wait.
std::optional<Seconds> parse_seconds(std::string_view digits) {
    std::uint64_t count = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, count);
    if (error == std::errc::result_out_of_range && rest == end) return longest_server_wait;
    if (error != std::errc{} || rest != end) return std::nullopt;
    constexpr std::uint64_t longest = longest_server_wait.count();
    return Seconds{static_cast<std::int64_t>(std::min(count, longest))};
}

/// Returns true if no_proxy lists the host: by a suffix of its name, or by its address. Does not
/// support the networks of newer libcurl releases.
bool is_exempt(std::string_view host, std::string_view exceptions) {
    constexpr std::string_view between{", \t"};
    const auto name = lower_case(host);
    if (trimmed(exceptions) == "*") return true;
    while (!exceptions.empty()) {
        const auto end = std::min(exceptions.find_first_of(between), exceptions.size());
        auto one = lower_case(exceptions.substr(0, end));
        exceptions.remove_prefix(std::min(end + 1, exceptions.size()));
        if (one.starts_with('.')) one.erase(0, 1);
        if (one.ends_with('.')) one.pop_back();
        if (!one.empty() && (name == one || name.ends_with("." + one))) return true;
    }
    return false;
}

}  // namespace

std::optional<std::string_view> Response::header(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(),
                                    [&](const auto& header) { return header.first == name; });
    if (found == headers.end()) return std::nullopt;
    return found->second;
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 307 || status == 308;
}

std::optional<Seconds> retry_after(const Response& response, TimePoint now) {
    const auto value = trimmed(response.header("retry-after").value_or(""));
    if (const auto date = parse_date(value)) return wait_until(*date, response, now);
    return parse_seconds(value);
}

Seconds wait_until(TimePoint end, const Response& response, TimePoint now) {
    const auto date = parse_date(response.header("date").value_or(""));
    const bool sensible = date && end >= *date && end - *date <= longest_server_wait;
    // Rounded up: the server would refuse a retry in the second before the end.
    return std::clamp(std::chrono::ceil<Seconds>(end - (sensible ? *date : now)), Seconds{0},
                      longest_server_wait);
}

std::optional<TimePoint> parse_date(std::string_view value) {
    const auto text = trimmed(value);
    // Not by curl_getdate: on 32-bit systems its time_t may end in 2038.
    for (const auto* const form :
         {"%a, %d %b %Y %H:%M:%S GMT", "%a, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
        std::tm parts{};
        const std::string copy{text};
        const char* const end = ::strptime(copy.c_str(), form, &parts);
        if (end == nullptr || *end != '\0') continue;
        const std::int64_t date = ::timegm(&parts);
        if (date < 0) return std::nullopt;
        return TimePoint{Seconds{date}};
    }
    return std::nullopt;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        if (unreserved.find(c) != std::string_view::npos) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += digits[byte >> 4U];
        encoded += digits[byte & 0xFU];
    }
    return encoded;
}

/// Url::parse() refuses URLs that libcurl could read differently. So libcurl connects to the
/// compared origin.
std::string Origin::authority() const {
    return port == default_port(scheme) ? host : fmt::format("{}:{}", host, port);
}

std::optional<Origin> origin_of(std::string_view url) {
    const auto parsed = Url::parse(url);
    if (!parsed || parsed->host.empty()) return std::nullopt;
    return Origin{parsed->scheme, parsed->host, parsed->port_number()};
}

std::optional<std::string> proxy_for(std::string_view url) {
    const auto first_of = [](std::initializer_list<const char*> names) {
        for (const auto* const name : names)
            if (auto value = file::environment(name); value && !value->empty()) return value;
        return std::optional<std::string>{};
    };
    const auto origin = origin_of(url);
    if (!origin || is_exempt(origin->host, first_of({"no_proxy", "NO_PROXY"}).value_or("")))
        return std::nullopt;
    auto proxy = origin->scheme == "https"
                     ? first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                     : first_of({"http_proxy", "all_proxy", "ALL_PROXY"});
    if (!proxy) return std::nullopt;
    const auto scheme = proxy->find("://");
    const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
    if (const auto at = proxy->rfind('@'); at != std::string::npos && at >= begin)
        proxy->erase(begin, at + 1 - begin);
    return printable(*proxy);
}

}  // namespace inhaul::http
