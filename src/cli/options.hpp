// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "cli.hpp"

/// The options of the commands, as CLI11 parses them and shows them in the help.
namespace inhaul::cli {

/// The selected command. main() calls it after parsing, so that commands never run inside CLI11.
using Chosen = std::function<ExitCode()>;

/// The help shows `value` as the name of the option's value.
template <class Value>
CLI::Option* add_value(CLI::App& command, const char* name, Value& target, const char* value,
                       const char* text) {
    return command.add_option(name, target, text)->type_name(value);
}

/// A positional argument: the help shows its name only, without a type.
template <class Value>
CLI::Option* add_argument(CLI::App& command, const char* name, Value& target, const char* text) {
    return command.add_option(name, target, text)->type_name("");
}

/// The commands `init` and `remove`.
void add_setup(CLI::App& root, const GlobalOptions& global, Chosen& chosen);

}  // namespace inhaul::cli
