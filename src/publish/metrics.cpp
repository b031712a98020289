// SPDX-License-Identifier: Apache-2.0
#include <inhaul/publish/metrics.hpp>

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

#include "families.hpp"

namespace inhaul::publish {
namespace {

constexpr std::size_t longest_label = 200;

/// Control characters and bytes that are not UTF-8 are escaped first: the format allows neither.
std::string label_value(std::string_view text) {
    std::string escaped;
    for (const char c : printable(text, longest_label)) {
        if (c == '"' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

std::string_view to_string(Family::Type type) {
    switch (type) {
        case Family::Type::gauge:
            return "gauge";
        case Family::Type::counter:
            return "counter";
        case Family::Type::histogram:
            break;
    }
    return "histogram";
}

/// Writes the series of an account.
class SeriesWriter {
public:
    explicit SeriesWriter(const std::string& account) : account_(label_value(account)) {}

    void write(const Family& family) {
        text_ += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", family.name,
                             to_string(family.type), family.help);
        for (const auto& [labels, value] : family.samples) {
            if (const auto* const whole = std::get_if<std::int64_t>(&value))
                line(family.name, labels, fmt::format("{}", *whole));
            else if (const auto* const fraction = std::get_if<double>(&value))
                line(family.name, labels, fmt::format("{:.3f}", *fraction));
            else
                histogram(family.name, labels, std::get<Durations>(value));
        }
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    void line(std::string_view name, const Labels& labels, std::string_view value) {
        text_ += fmt::format("{}{{account=\"{}\"", name, account_);
        for (const auto& [label, content] : labels)
            text_ += fmt::format(",{}=\"{}\"", label, label_value(content));
        text_ += fmt::format("}} {}\n", value);
    }
    void histogram(std::string_view name, const Labels& labels, const Durations& durations) {
        const auto count = std::to_string(durations.count);
        auto bounded = labels;
        bounded.emplace_back("le", "");
        for (std::size_t i = 0; i < duration_bounds.size(); ++i) {
            bounded.back().second = std::to_string(duration_bounds.at(i));
            line(fmt::format("{}_bucket", name), bounded, std::to_string(durations.within.at(i)));
        }
        bounded.back().second = "+Inf";
        line(fmt::format("{}_bucket", name), bounded, count);
        line(fmt::format("{}_sum", name), labels, fmt::format("{:.3f}", seconds(durations.sum)));
        line(fmt::format("{}_count", name), labels, count);
    }

    std::string account_;
    std::string text_;
};

/// The lines of one family: HELP and TYPE, and its samples.
struct FamilyLines {
    std::string name;
    std::string heading;
    std::string samples;
};

}  // namespace

std::string metrics(const Overview& overview) {
    SeriesWriter writer{overview.account};
    for (const auto& family : families_of(overview))
        writer.write(family);
    return writer.take();
}

std::string merged_metrics(const std::vector<std::string>& texts) {
    std::vector<FamilyLines> families;
    for (const auto& text : texts) {
        FamilyLines* family = nullptr;
        for (const auto line : lines_of(text)) {
            constexpr std::string_view help{"# HELP "};
            if (line.starts_with(help)) {
                const auto name =
                    line.substr(help.size(), line.find(' ', help.size()) - help.size());
                const auto known =
                    std::find_if(families.begin(), families.end(),
                                 [&](const FamilyLines& each) { return each.name == name; });
                const bool is_new = known == families.end();
                if (is_new) families.push_back({std::string{name}, {}, {}});
                family = is_new ? &families.back() : &*known;
            }
            if (family == nullptr || line.empty()) continue;
            const auto with_end = std::string{line} + "\n";
            if (!line.starts_with('#'))
                family->samples += with_end;
            else if (family->heading.find(with_end) == std::string::npos)
                family->heading += with_end;
        }
    }
    std::string merged;
    for (const auto& family : families)
        merged += family.heading + family.samples;
    return merged;
}

}  // namespace inhaul::publish
