// SPDX-License-Identifier: Apache-2.0
#include "console.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::cli {
namespace {

std::string_view code_of(Colour colour) {
    switch (colour) {
        case Colour::green:
            return "\033[32m";
        case Colour::yellow:
            return "\033[33m";
        case Colour::red:
            return "\033[31m";
        case Colour::dim:
            return "\033[2m";
        case Colour::bold:
            return "\033[1m";
        case Colour::none:
            break;
    }
    return "";
}

/// Returns the colour code at the front of the text, or an empty view.
std::string_view code_at(std::string_view text) {
    constexpr std::string_view end{"\033[0m"};
    for (const auto code : {end, code_of(Colour::green), code_of(Colour::yellow),
                            code_of(Colour::red), code_of(Colour::dim), code_of(Colour::bold)})
        if (text.starts_with(code)) return code;
    return {};
}

void write_to(std::FILE* stream, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stream);
}

int first_output_error = 0;

}  // namespace

bool colourful(int descriptor) {
    return ::isatty(descriptor) == 1 && !file::environment("NO_COLOR") &&
           file::environment("TERM").value_or("dumb") != "dumb";
}

std::string painted(std::string_view text, Colour colour, bool colourful) {
    if (!colourful || colour == Colour::none) return std::string{text};
    return std::string{code_of(colour)} + std::string{text} + "\033[0m";
}

std::string Table::to_string(bool terminal, bool colour) const {
    std::vector<std::size_t> widths;
    for (const auto& heading : headings_)
        widths.push_back(columns(heading));
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
            widths[i] = std::max(widths[i], columns(row[i].text));

    std::string text;
    const auto add_row = [&](const std::vector<Cell>& row) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            text += painted(row[i].text, row[i].colour, colour);
            if (i + 1 == row.size()) break;
            text += terminal ? std::string(widths[i] - columns(row[i].text) + 2, ' ') : "\t";
        }
        text += '\n';
    };
    std::vector<Cell> headings;
    for (const auto& heading : headings_)
        headings.push_back({heading, Colour::bold});
    add_row(headings);
    for (const auto& row : rows_)
        add_row(row);
    return text;
}

void print_lines(std::string_view text, std::string_view indent) {
    constexpr std::size_t longest_line = 2000;
    for (const auto line : lines_of(text))
        print(std::string{indent} + printable(line, longest_line) + "\n");
}

std::string harmless(std::string_view text, bool colour) {
    std::string clean;
    const auto special = [&](char c) { return c == '\n' || c == '\t' || (colour && c == '\033'); };
    while (!text.empty()) {
        const auto size = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), special) -
                                                   text.begin());
        clean += printable(text.substr(0, size), std::string_view::npos);
        text.remove_prefix(size);
        if (text.empty()) break;
        const auto code = text.front() == '\033' ? code_at(text) : text.substr(0, 1);
        clean += code.empty() ? printable(text.substr(0, 1)) : std::string{code};
        text.remove_prefix(std::max<std::size_t>(code.size(), 1));
    }
    return clean;
}

void print(std::string_view text) {
    print_as_it_is(harmless(text, colourful(STDOUT_FILENO)));
}

void print_as_it_is(std::string_view text) {
    errno = 0;
    write_to(stdout, text);
    if ((std::fflush(stdout) != 0 || std::ferror(stdout) != 0) && first_output_error == 0)
        first_output_error = errno == 0 ? EIO : errno;
}

std::optional<Error> output_fault() {
    if (first_output_error == 0) return std::nullopt;
    return system_error(first_output_error, "write to standard output");
}

void print_error_line(std::string_view line) {
    write_to(stderr, harmless(line, colourful(STDERR_FILENO)));
}

void print_error(std::string_view text) {
    print_error_line("inhaul: " + std::string{text} + "\n");
}

std::string error_text(const Error& error) {
    constexpr std::string_view separator = ": ";
    constexpr auto indent = "\n        ";
    const auto intents = std::string_view{error.message}.substr(0, error.cause_at);
    auto text = error.message;
    if (intents.find(separator) + separator.size() < intents.size())
        text.replace(error.cause_at - separator.size(), separator.size(), indent);
    return error.hint.empty() ? text : text + indent + indent_lines(error.hint, "        ");
}

void print_error(const Error& error) {
    print_error(error_text(error));
}

}  // namespace inhaul::cli
