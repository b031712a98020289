// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/environment.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/guard.hpp>
#include <inhaul/util/secret.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::environment {
namespace {

/// The kernel accepts 128 KiB for one variable, and less than 2 MiB for all.
constexpr std::size_t largest_value = 64 * 1024;
constexpr std::size_t largest_environment_file = 256 * 1024;

bool is_name(std::string_view name) {
    return !name.empty() && !is_digit(name.front()) && is_alphanumeric(name, "_");
}

std::string_view unquoted(std::string_view value) {
    const bool quoted = value.size() >= 2 && value.front() == value.back() &&
                        (value.front() == '"' || value.front() == '\'');
    return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

std::string_view problem_of(std::string_view name, std::string_view value) {
    if (!is_name(name)) return "is not a variable's name";
    if (name.starts_with("INHAUL_")) return "is a name that inhaul sets itself";
    if (value.find('\0') != std::string_view::npos) return "has a value with a NUL character";
    if (value.size() > largest_value) return "has a value of more than 64 KiB";
    return {};
}

process::Environment with_prefix(std::string_view prefix) {
    process::Environment found;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        std::string_view word{*entry};
        if (!word.starts_with(prefix)) continue;
        word.remove_prefix(prefix.size());
        const auto equals = word.find('=');
        if (equals == std::string_view::npos) continue;
        const auto name = word.substr(0, equals);
        const auto value = word.substr(equals + 1);
        if (problem_of(name, value).empty()) found.emplace_back(name, value);
    }
    return found;
}

Result<process::Environment> parse(std::string_view text) {
    process::Environment found;
    std::size_t number = 0;
    for (const auto each : lines_of(text)) {
        ++number;
        const auto line = trimmed(each);
        if (line.empty() || line.starts_with('#')) continue;
        const auto equals = line.find('=');
        const auto name = line.substr(0, equals);
        const auto value = equals == std::string_view::npos ? std::string_view{}
                                                            : unquoted(line.substr(equals + 1));
        const auto problem = equals == std::string_view::npos
                                 ? std::string_view{"is not NAME=VALUE"}
                                 : problem_of(name, value);
        if (!problem.empty())
            return fail(ErrorCode::configuration, fmt::format("line {} {}", number, problem),
                        "Write NAME=VALUE on each line. Names have letters, digits and _, and do "
                        "not begin with INHAUL_.");
        found.emplace_back(name, value);
    }
    return found;
}

Result<process::Environment> read(const std::filesystem::path& file) {
    const auto content = TRY(file::read_private(file, largest_environment_file));
    TRY(guard::check_file(file, ::geteuid()));
    return TRY_WITHIN(fmt::format("read {}", file.string()), parse(content.reveal()));
}

}  // namespace inhaul::environment
