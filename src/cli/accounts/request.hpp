// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <cli/cli.hpp>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
class ParseError;
}  // namespace CLI

namespace inhaul::cli {

/// A parsed command line, for another process.
struct Request {
    std::string command;
    std::vector<std::string> options;  ///< `--name=value`, `--flag`
    std::vector<std::string> apps;     ///< as typed: APP or ACCOUNT/APP
    std::vector<std::string> rest;     ///< the arguments after the app

    [[nodiscard]] std::vector<std::string> words() const;
    /// Returns the command line with shell quotes.
    [[nodiscard]] std::string line() const;
    /// Returns the command line with another argument instead of `argument`.
    [[nodiscard]] std::string line_with(const std::string& argument,
                                        const std::string& other) const;
};

/// Returns the request of this command line.
[[nodiscard]] Request request_of(const CLI::App& command, const GlobalOptions& global);

/// Prints the requested help, or the error in the arguments, which it escapes for the terminal.
[[nodiscard]] ExitCode print_parse_error(const CLI::App& root, const CLI::ParseError& error);

}  // namespace inhaul::cli
