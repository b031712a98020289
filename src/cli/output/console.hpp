#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <inhaul/util/result.hpp>

/// What people see: colours and aligned columns on a terminal, plain text anywhere else.
namespace inhaul::cli {

enum class Colour { none, green, yellow, red, dim, bold };

/// Whether a stream is a terminal that wants colour (not with NO_COLOR or TERM=dumb).
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
    /// Aligned and coloured for a terminal, or one line a row with tabs between.
    [[nodiscard]] std::string to_string(bool terminal, bool colour) const;

private:
    std::vector<std::string> headings_;
    std::vector<std::vector<Cell>> rows_;
};

/// What a name, an argument or another program may hold and a terminal may act on, as printable()
/// escapes it; ends of lines and tabs stay, and the codes of Colour where there is `colour`.
[[nodiscard]] std::string harmless(std::string_view text, bool colour);

/// To standard output, harmless.
void print(std::string_view text);
/// What this program made for another one, or for the screen as a whole.
void print_as_it_is(std::string_view text);
/// What another program or a file says: each line behind `indent`, and printable.
void print_lines(std::string_view text, std::string_view indent = {});
/// `inhaul: message`, and the hint on a line of its own, to standard error.
void print_error(const Error& error);
void print_error(std::string_view text);
/// Without `inhaul: ` before it.
void print_error_line(std::string_view line);

}  // namespace inhaul::cli
