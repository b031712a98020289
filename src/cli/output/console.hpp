// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <inhaul/util/result.hpp>

/// Output for people: colours and aligned columns on a terminal, plain text elsewhere.
namespace inhaul::cli {

enum class Colour { none, green, yellow, red, dim, bold };

/// True if the descriptor is a terminal, NO_COLOR is not set and TERM is not "dumb".
[[nodiscard]] bool colourful(int descriptor);
[[nodiscard]] std::string painted(std::string_view text, Colour colour, bool colourful);

/// Rows of cells under headings.
class Table {
public:
    struct Cell {
        std::string text;
        Colour colour = Colour::none;
    };
    explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
    void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
    /// Returns aligned columns for a terminal, else one line per row with tabs between the cells.
    [[nodiscard]] std::string to_string(bool terminal, bool colour) const;

private:
    std::vector<std::string> headings_;
    std::vector<std::vector<Cell>> rows_;
};

/// Returns the text with control characters escaped as by printable(), since a terminal may act on
/// them. Line ends and tabs stay. The codes of Colour stay if `colour` is true.
[[nodiscard]] std::string harmless(std::string_view text, bool colour);

/// Prints to standard output, after harmless().
void print(std::string_view text);
/// Prints to standard output without escaping. Caller must have made the text harmless.
void print_as_it_is(std::string_view text);
/// Returns the first error of writing to standard output.
[[nodiscard]] std::optional<Error> output_fault();
/// Prints text of another program or a file: each line indented, escaped and shortened.
void print_lines(std::string_view text, std::string_view indent = {});
/// Returns the message, and the hint on a line of its own. With two or more intents before the root
/// cause, that has a line of its own too.
[[nodiscard]] std::string error_text(const Error& error);
/// Prints `inhaul: `, and the text above or a message, to standard error.
void print_error(const Error& error);
void print_error(std::string_view text);
/// Prints to standard error, without the prefix `inhaul: `.
void print_error_line(std::string_view line);

}  // namespace inhaul::cli
