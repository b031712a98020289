// SPDX-License-Identifier: Apache-2.0
#include "prescan.hpp"

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

namespace inhaul::config {
namespace {

constexpr std::size_t longest_line = 4096;

bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

bool is_one_of(char c, std::string_view characters) {
    return characters.find(c) != std::string_view::npos;
}

bool is_white(char c) {
    return is_one_of(c, " \t\r\n");
}

/// Returns the code point at the front, or the part of it that exists.
std::string_view first_character(std::string_view text) {
    std::size_t size = 1;
    while (size < text.size() && size < 4 &&
           (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80)
        ++size;
    return text.substr(0, size);
}

bool is_curly_quote(std::string_view character) {
    return character == "“" || character == "”" || character == "„" || character == "‘" ||
           character == "’" || character == "«" || character == "»";
}

/// Tracks strings and comments only to know the text outside of them. It may be wrong after text
/// that is not TOML, but toml++ stops at that text.
class Scan {
public:
    explicit Scan(std::string_view text) : text_(text) {}
    std::optional<Unreadable> run();

private:
    enum class Place {
        outside,
        comment,
        basic,
        literal,
        multiline_basic,
        multiline_literal,
        word,          ///< a value without quotes, and the text after it that the library reads
        continuation,  ///< after a backslash, which may end a line
    };

    void step();
    void step_outside(char c);
    void step_value(char c);
    void close_bracket();
    void open_string(char quote);
    void step_single(char c, char quote);
    void step_multiline(char c, char quote);
    void step_escape();
    [[nodiscard]] bool refuses(char c) const;
    [[nodiscard]] bool at(std::string_view expected) const {
        return text_.substr(offset_).starts_with(expected);
    }
    [[nodiscard]] Unreadable stray() const;
    [[nodiscard]] unsigned column() const;

    std::string_view text_;
    std::size_t offset_ = 0;
    std::size_t line_start_ = 0;
    unsigned line_ = 1;
    Place place_ = Place::outside;
    std::string open_;       ///< the brackets around a value
    bool in_value_ = false;  ///< after an `=`
};

unsigned Scan::column() const {
    return static_cast<unsigned>(columns(text_.substr(line_start_, offset_ - line_start_))) + 1;
}

Unreadable Scan::stray() const {
    const auto character = first_character(text_.substr(offset_));
    if (place_ == Place::continuation)
        return {line_, column(),
                fmt::format("{} is not allowed after a backslash", printable(character)),
                "Write the backslash twice. After a backslash at the end of a line, begin with an "
                "ASCII letter."};
    if (is_curly_quote(character))
        return {line_, column(), fmt::format("{} is not a TOML quotation mark", character),
                R"(Write straight quotes: ".)"};
    return {line_, column(),
            fmt::format("{} is not allowed outside of quotes", printable(character)),
            R"(Put text in double quotes, and comments after a #.)"};
}

std::optional<Unreadable> Scan::run() {
    constexpr std::string_view byte_order_mark{"\xef\xbb\xbf"};
    if (text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
    while (offset_ < text_.size()) {
        const char c = text_[offset_];
        if (refuses(c)) return stray();
        if (offset_ - line_start_ >= longest_line)
            return Unreadable{
                line_, 1, fmt::format("the line is longer than {} bytes", longest_line), {}};
        step();
    }
    return std::nullopt;
}

bool Scan::refuses(char c) const {
    return !is_ascii(c) &&
           (place_ == Place::outside || place_ == Place::word || place_ == Place::continuation);
}

void Scan::step() {
    const char c = text_[offset_];
    switch (place_) {
        case Place::outside:
            step_outside(c);
            break;
        case Place::comment:
            if (c == '\n') step_outside(c);
            break;
        case Place::word:
            if (is_one_of(c, ",]}#\n")) step_outside(c);
            break;
        case Place::basic:
            step_single(c, '"');
            break;
        case Place::literal:
            step_single(c, '\'');
            break;
        case Place::continuation:
            if (is_white(c)) break;
            place_ = Place::multiline_basic;
            [[fallthrough]];
        case Place::multiline_basic:
            step_multiline(c, '"');
            break;
        case Place::multiline_literal:
            step_multiline(c, '\'');
            break;
    }
    if (offset_ >= text_.size()) return;
    if (text_[offset_] == '\n') {
        ++line_;
        line_start_ = offset_ + 1;
    }
    ++offset_;
}

void Scan::step_outside(char c) {
    place_ = Place::outside;
    if (c == '#')
        place_ = Place::comment;
    else if (c == ']' || c == '}')
        close_bracket();
    else if (c == ',')
        in_value_ = !open_.empty() && open_.back() == '[';
    else if (c == '\n' && open_.empty())
        in_value_ = false;
    else if (in_value_)
        step_value(c);
    else if (c == '=')
        in_value_ = true;
    else if (c == '"' || c == '\'')
        open_string(c);
}

void Scan::step_value(char c) {
    if (c == '"' || c == '\'') return open_string(c);
    if (c == '[' || c == '{') {
        open_.push_back(c);
        in_value_ = c == '[';
    } else if (!is_white(c)) {
        place_ = Place::word;
    }
}

void Scan::close_bracket() {
    if (open_.empty()) return;  // the end of a table's header
    open_.pop_back();
    in_value_ = true;
}

void Scan::open_string(char quote) {
    const bool basic = quote == '"';
    const std::string two(2, quote);
    if (at(two + quote)) {
        offset_ += 2;
        place_ = basic ? Place::multiline_basic : Place::multiline_literal;
    } else if (at(two)) {
        offset_ += 1;  // empty
    } else {
        place_ = basic ? Place::basic : Place::literal;
    }
}

void Scan::step_single(char c, char quote) {
    if (c == quote || c == '\n') place_ = Place::outside;
    if (c == '\\' && quote == '"' && !at("\\\n")) ++offset_;
}

void Scan::step_escape() {
    if (offset_ + 1 >= text_.size()) return;
    if (is_white(text_[offset_ + 1]) || !is_ascii(text_[offset_ + 1]))
        place_ = Place::continuation;
    else
        ++offset_;
}

void Scan::step_multiline(char c, char quote) {
    if (c == '\\' && quote == '"') return step_escape();
    if (!at(std::string(3, quote))) return;
    offset_ += 2;
    // One or two quotes before the closing three are text.
    for (int more = 0; more < 2 && offset_ + 1 < text_.size() && text_[offset_ + 1] == quote;
         ++more)
        ++offset_;
    place_ = Place::outside;
}

}  // namespace

std::optional<Unreadable> prescan(std::string_view toml) {
    return Scan{toml}.run();
}

}  // namespace inhaul::config
