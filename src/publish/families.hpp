// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <inhaul/publish/overview.hpp>

/// The metrics as values, which are written as text of Prometheus and as OTLP.
namespace inhaul::publish {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

/// How long deployments took.
struct Durations {
    std::array<std::uint64_t, duration_bounds.size()> within{};  ///< of each bound, cumulative
    std::uint64_t count = 0;
    Milliseconds sum{0};
};

struct Sample {
    Labels labels;
    std::variant<std::int64_t, double, Durations> value;
};

/// One metric with its series. Names and help texts depend on nothing.
struct Family {
    enum class Type { gauge, counter, histogram };

    std::string_view name;  ///< in the words of Prometheus: `inhaul_polls_total`
    Type type = Type::gauge;
    std::string_view help;
    std::vector<Sample> samples = {};
};

[[nodiscard]] std::vector<Family> families_of(const Overview& overview);

/// Returns the time in seconds, with fractions.
[[nodiscard]] double seconds(Milliseconds time);

}  // namespace inhaul::publish
