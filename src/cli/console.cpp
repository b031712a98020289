#include "console.hpp"

#include <unistd.h>

#include <algorithm>
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
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        print(std::string{indent} + printable(line, longest_line) + "\n");
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
}

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void print_error(std::string_view text) {
    const auto line = "inhaul: " + std::string{text} + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void print_error(const Error& error) {
    print_error(error.message);
    if (!error.hint.empty()) {
        const auto line = "        " + error.hint + "\n";
        std::fwrite(line.data(), 1, line.size(), stderr);
    }
}

}  // namespace inhaul::cli
