// SPDX-License-Identifier: Apache-2.0
#include <inhaul/config/config.hpp>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

namespace inhaul::config {

std::string format(const Problem& problem) {
    auto text = problem.file.string();
    if (problem.line > 0) text += fmt::format(":{}:{}", problem.line, problem.column);
    text += ": ";
    if (!problem.key.empty()) text += problem.key + ": ";
    text += problem.message;
    if (!problem.hint.empty()) text += "\n        " + indent_lines(problem.hint, "        ");
    return text;
}

}  // namespace inhaul::config
