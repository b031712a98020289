#pragma once

#include <string>
#include <vector>

#include <cli/cli.hpp>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
class ParseError;
}  // namespace CLI

namespace inhaul::cli {

/// A command line after parsing, as it can be told to another process.
struct Request {
    std::string command;
    std::vector<std::string> options;  ///< `--name=value`, `--flag`
    std::vector<std::string> apps;     ///< as written: APP or ACCOUNT/APP
    std::vector<std::string> rest;     ///< what stands behind the app

    [[nodiscard]] std::vector<std::string> words() const;
    /// As a person types it.
    [[nodiscard]] std::string line() const;
};

/// What was chosen on this command line.
[[nodiscard]] Request request_of(const CLI::App& command, const GlobalOptions& global);

/// Prints the help that was asked for, or what is wrong with the arguments: harmless, as an error
/// repeats them.
[[nodiscard]] ExitCode print_parse_error(const CLI::App& root, const CLI::ParseError& error);

}  // namespace inhaul::cli
