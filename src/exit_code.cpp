// SPDX-License-Identifier: Apache-2.0
#include <inhaul/exit_code.hpp>

#include <algorithm>
#include <array>

namespace inhaul {

ExitCode exit_code_for(const Error& error) {
    switch (error.code) {
        case ErrorCode::usage:
            return ExitCode::usage;
        case ErrorCode::configuration:
            return ExitCode::configuration;
        case ErrorCode::refused:
            return ExitCode::refused;
        case ErrorCode::locked:
            return ExitCode::locked;
        default:
            return error.transient ? ExitCode::try_later : ExitCode::failed;
    }
}

ExitCode more_severe(ExitCode one, ExitCode other) {
    constexpr std::array by_severity{
        ExitCode::done,   ExitCode::try_later,     ExitCode::locked, ExitCode::refused,
        ExitCode::failed, ExitCode::configuration, ExitCode::usage};
    const auto rank = [&](ExitCode code) {
        return std::find(by_severity.begin(), by_severity.end(), code);
    };
    return rank(one) < rank(other) ? other : one;
}

}  // namespace inhaul
