// SPDX-License-Identifier: Apache-2.0
#include "request.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <inhaul/util/result.hpp>
#include <inhaul/util/text.hpp>

#include <cli/output/console.hpp>

namespace inhaul::cli {

std::vector<std::string> Request::words() const {
    std::vector<std::string> words{command};
    for (const auto* const list : {&options, &apps, &rest})
        words.insert(words.end(), list->begin(), list->end());
    return words;
}

std::string Request::line() const {
    return shell_command(words());
}

std::string Request::line_with(const std::string& argument, const std::string& other) const {
    auto changed = *this;
    for (auto* const list : {&changed.apps, &changed.rest})
        std::replace(list->begin(), list->end(), argument, other);
    return changed.line();
}

Request request_of(const CLI::App& command, const GlobalOptions& global) {
    Request request{command.get_name(), {}, {}, {}};
    if (global.verbose) request.options.emplace_back("--verbose");
    for (const auto* const option : command.get_options()) {
        if (option->count() == 0) continue;
        const auto& values = option->results();
        if (!option->nonpositional()) {
            auto& list = option->get_name() == "APP" ? request.apps : request.rest;
            list.insert(list.end(), values.begin(), values.end());
        } else if (option->get_items_expected_max() == 0) {
            request.options.push_back("--" + option->get_lnames().front());
        } else {
            for (const auto& value : values)
                request.options.push_back("--" + option->get_lnames().front() + "=" + value);
        }
    }
    return request;
}

namespace {

Error no_command(const CLI::App& root) {
    const auto words = root.remaining();
    if (words.empty())
        return {ErrorCode::usage, "a command is missing",
                "To list the commands, run: inhaul --help"};
    std::vector<std::string_view> names;
    for (const auto* const command : root.get_subcommands([](const CLI::App* each) {
             return !each->get_group().empty();  // not for our own processes
         }))
        names.emplace_back(command->get_name());
    const auto similar = nearest(words.front(), names);
    return {ErrorCode::usage, fmt::format("unknown command {}", printable(words.front())),
            similar ? fmt::format("Did you mean: inhaul {}", *similar)
                    : std::string{"To list the commands, run: inhaul --help"}};
}

}  // namespace

ExitCode print_parse_error(const CLI::App& root, const CLI::ParseError& error) {
    if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
        root.get_subcommands().empty()) {
        print_error(no_command(root));
        return ExitCode::usage;
    }
    std::ostringstream output;
    std::ostringstream errors;
    const bool done = root.exit(error, output, errors) == 0;
    print(output.str());
    print_error_line(errors.str());
    return done ? ExitCode::done : ExitCode::usage;
}

}  // namespace inhaul::cli
