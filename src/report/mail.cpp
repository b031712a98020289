// SPDX-License-Identifier: Apache-2.0
#include "mail.hpp"

#include <algorithm>
#include <array>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <inhaul/util/hmac.hpp>
#include <inhaul/util/text.hpp>

#include "formats.hpp"

namespace inhaul::report {
namespace {

constexpr std::size_t mail_limit = 20'000;
constexpr std::size_t longest_line = 900;  ///< RFC 5322 allows 998

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte < 0x7f;
    });
}

/// RFC 5322: `Sun, 29 Nov 2026 05:45:28 +0000`.
std::string date_of(TimePoint time) {
    using namespace std::chrono;
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<std::chrono::days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<seconds>(time - day)};
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
                       days.at(weekday{day}.c_encoding()), static_cast<unsigned>(date.day()),
                       months.at(static_cast<unsigned>(date.month()) - 1),
                       static_cast<int>(date.year()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

/// The body with CRLF, and its encoding.
std::string body_of(const std::string& text) {
    const auto lines = lines_of(text);
    const bool plain = std::all_of(lines.begin(), lines.end(), [](std::string_view line) {
        return is_ascii(line) && line.size() <= longest_line;
    });
    std::string body =
        fmt::format("Content-Transfer-Encoding: {}\r\n\r\n", plain ? "7bit" : "base64");
    if (plain) return body + fmt::format("{}\r\n", fmt::join(lines, "\r\n"));
    constexpr std::size_t width = 76;
    const auto encoded = to_base64(fmt::format("{}\r\n", fmt::join(lines, "\r\n")));
    for (std::size_t at = 0; at < encoded.size(); at += width)
        body += encoded.substr(at, width) + "\r\n";
    return body;
}

}  // namespace

std::string header_line(std::string_view name, std::string_view text) {
    if (is_ascii(text) && text.size() < longest_line) return fmt::format("{}: {}", name, text);
    // An encoded word has at most 75 characters, and whole characters of UTF-8.
    constexpr std::size_t longest_part = 42;
    std::string line = fmt::format("{}:", name);
    while (!text.empty()) {
        auto end = std::min(longest_part, text.size());
        while (end > 0 && end < text.size() &&
               (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U)
            --end;
        if (end == 0) end = std::min(longest_part, text.size());
        line += fmt::format("{} =?UTF-8?B?{}?=", line.ends_with(':') ? "" : "\r\n",
                            to_base64(text.substr(0, end)));
        text.remove_prefix(end);
    }
    return line;
}

std::string mail_text(const NotifyTarget& target, const Message& message, TimePoint now) {
    const auto domain = [&] {
        const auto at = target.from.rfind('@');
        return at == std::string::npos ? std::string{"inhaul.invalid"} : target.from.substr(at + 1);
    }();
    std::string text;
    if (!target.from.empty()) text += fmt::format("From: {}\r\n", target.from);
    text += fmt::format("To: {}\r\n", fmt::join(target.to, ",\r\n "));
    text += header_line("Subject", cut(message.title, 200)) + "\r\n";
    text += fmt::format("Date: {}\r\n", date_of(now));
    text += fmt::format("Message-ID: <{}@{}>\r\n", message.id, domain);
    text +=
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n";
    return text + body_of(plain_text(message, mail_limit));
}

}  // namespace inhaul::report
