// SPDX-License-Identifier: Apache-2.0
#include "packet_line.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

namespace inhaul::git {
namespace {

constexpr std::size_t length_digits = 4;
constexpr std::string_view complaint{"ERR "};

std::optional<unsigned> length_at(std::string_view bytes) {
    if (bytes.size() < length_digits) return std::nullopt;
    const auto digits = bytes.substr(0, length_digits);
    unsigned length = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), length, 16);
    if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size())
        return std::nullopt;
    return length;
}

tl::unexpected<Error> not_git(std::string message) {
    return fail(ErrorCode::protocol, std::move(message));
}

}  // namespace

std::string packet_line(std::string_view text) {
    return fmt::format("{:04x}", text.size() + length_digits) + std::string{text};
}

Result<std::optional<PacketLine>> PacketReader::next() {
    using Kind = PacketLine::Kind;
    if (rest_.empty()) return std::optional<PacketLine>{};
    const auto length = length_at(rest_);
    if (!length || *length == 3) return not_git("the response is not in git's protocol");
    if (*length < length_digits) {
        constexpr Kind marks[] = {Kind::flush, Kind::delimiter, Kind::response_end};
        rest_.remove_prefix(length_digits);
        return PacketLine{marks[*length], {}};
    }
    if (*length > rest_.size()) return not_git("the response ends in the middle of a line");
    auto text = rest_.substr(length_digits, *length - length_digits);
    rest_.remove_prefix(*length);
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.starts_with(complaint))
        return not_git(
            fmt::format("the server reports: {}", printable(text.substr(complaint.size()), 400)));
    return PacketLine{Kind::text, text};
}

Result<std::optional<std::size_t>> answer_size(std::string_view bytes) {
    for (std::size_t at = 0; bytes.size() - at >= length_digits;) {
        const auto length = length_at(bytes.substr(at));
        if (!length || *length == 3) return not_git("the response is not in git's protocol");
        if (*length == 0) return at + length_digits;
        const auto size = std::max<std::size_t>(*length, length_digits);
        if (size > bytes.size() - at) break;
        const auto text = bytes.substr(at + length_digits, size - length_digits);
        if (text.starts_with(complaint)) return at + size;
        at += size;
    }
    return std::nullopt;
}

std::string_view leading_error(std::string_view begin) {
    const auto length = length_at(begin);
    if (!length || *length < length_digits) return {};
    const auto text = begin.substr(0, *length).substr(length_digits);
    return text.starts_with(complaint) ? text.substr(complaint.size()) : std::string_view{};
}

std::string_view sideband_error(std::string_view end) {
    constexpr char band_of_errors = 3;
    for (; end.size() > length_digits; end.remove_prefix(1))
        if (end[length_digits] == band_of_errors && length_at(end) == end.size())
            return end.substr(length_digits + 1);
    return {};
}

}  // namespace inhaul::git
