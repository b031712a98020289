// SPDX-License-Identifier: Apache-2.0
#include "values.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include "keys.hpp"

namespace inhaul::config {
namespace {

bool is_number(std::string_view text) {
    return !text.empty() && text.size() < 8 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Returns true for token_file, secret_file, url_file and the like. Certificates are public.
bool names_secret_file(std::string_view key) {
    return key.ends_with("_file") && !key.ends_with("ca_file");
}

}  // namespace

std::string in_quotes(std::string_view text) {
    constexpr std::size_t shown = 80;
    return fmt::format("\"{}\"", printable(text, shown));
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), is_control);
}

std::optional<fs::path> path_at(Document& document, std::string_view key) {
    const auto text = document.text(key);
    if (!text) return std::nullopt;
    // The value of a key for a secret may be the secret itself, so it is not shown.
    const bool is_path = text->starts_with('/') || text->starts_with('~') || text->starts_with('%');
    if (names_secret_file(key) && (!is_path || has_control_character(*text))) {
        document.problem(key, "is not an absolute path",
                         "Write the value into a file, and set this key to the path of the file.");
        return std::nullopt;
    }
    if (has_control_character(*text)) {
        document.problem(key, fmt::format("{} contains a control character", in_quotes(*text)));
        return std::nullopt;
    }
    auto expanded = file::expand(*text);
    if (!expanded) {
        document.problem(key, expanded.error().message, expanded.error().hint);
        return std::nullopt;
    }
    return expanded->has_filename() ? *expanded : expanded->parent_path();
}

Milliseconds duration_at(Document& document, std::string_view key, Range range,
                         Milliseconds otherwise) {
    const auto text = document.text(key);
    if (!text) return otherwise;
    const auto value = parse_duration(*text);
    if (!value) {
        document.problem(
            key, fmt::format("{} is not a duration", in_quotes(*text)),
            is_number(*text)
                ? fmt::format("Add a unit: \"{}s\".", *text)
                : "Write a number with a unit (ms, s, m, h or d): \"90s\", \"1m30s\".");
        return otherwise;
    }
    if (*value >= range.least && *value <= range.most) return *value;
    const bool low = *value < range.least;
    document.problem(key, fmt::format("{} is too {}", in_quotes(*text), low ? "short" : "long"),
                     fmt::format("It must be {} {}.", low ? "at least" : "at most",
                                 format_duration(low ? range.least : range.most)));
    return otherwise;
}

std::optional<bool> choice_at(Document& document, std::string_view key, std::string_view one,
                              std::string_view other) {
    const auto text = document.text(key);
    if (!text) return std::nullopt;
    if (*text == one) return true;
    if (*text == other) return false;
    const std::array choices{one, other};
    const auto similar = nearest(*text, choices);
    document.problem(key,
                     fmt::format("{} is neither \"{}\" nor \"{}\"", in_quotes(*text), one, other),
                     similar ? fmt::format("Did you mean \"{}\"?", *similar) : std::string{});
    return std::nullopt;
}

void check_argv(Document& document, std::string_view key, const std::vector<std::string>& argv,
                bool in_directory) {
    constexpr auto hint = "Write an absolute path, or the name of a program in $PATH.";
    const auto holds_nul = [](const std::string& word) {
        return word.find('\0') != std::string::npos;
    };
    if (argv.empty() || argv.front().empty()) {
        document.problem(key, "contains no program",
                         "Write the program and its arguments, or remove the key.");
        return;
    }
    const auto& program = argv.front();
    if (std::any_of(argv.begin(), argv.end(), holds_nul))
        document.problem(key, "contains a NUL character");
    else if (!in_directory && program.front() != '/' && program.find('/') != std::string::npos)
        document.problem(key, fmt::format("{} is not an absolute path", in_quotes(program)), hint);
    else if (program.front() == '-' || program.back() == '/')
        document.problem(key, fmt::format("{} is not a program", in_quotes(program)), hint);
}

}  // namespace inhaul::config
