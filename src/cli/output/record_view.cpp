// SPDX-License-Identifier: Apache-2.0
#include "record_view.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <inhaul/util/operator_command.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::cli {
namespace {

constexpr std::size_t words_shown = 200;

}  // namespace

std::string short_form(const std::optional<CommitId>& commit) {
    return commit ? commit->short_form() : "-";
}

std::string number_of(const ledger::Record& record) {
    return ledger::has_number(record) ? std::to_string(record.number) : "-";
}

std::string duration_of(const ledger::Record& record) {
    if (!record.finished) return "-";
    // An older version of inhaul may have recorded an end before the start.
    const auto took =
        std::chrono::duration<double>(std::max(*record.finished - record.started, Milliseconds{0}));
    return fmt::format("{:.1f} s", took.count());
}

std::string_view trigger_name(Trigger trigger) {
    return trigger == Trigger::manual ? "command" : to_string(trigger);
}

std::string trigger_of(const ledger::Record& record) {
    auto name = std::string{trigger_name(record.trigger)};
    if (record.trigger != Trigger::manual || record.origin.empty()) return name;
    return fmt::format("{}: {}", name, printable(record.origin, 40));
}

std::string output_command(const ledger::Record& record) {
    const bool failed =
        std::any_of(record.outputs.begin(), record.outputs.end(),
                    [](const ledger::Output& output) { return output.explains_failure(); });
    if (!failed || !ledger::has_number(record)) return {};
    return inhaul_command(fmt::format("show {}", record.number));
}

Table::Cell outcome_of(const ledger::Record& record) {
    const auto name = std::string{deployment::name_of(record.state)};
    if (const auto* rollback = deployment::rollback_of(record.state))
        return {fmt::format("{} to {}: {}", name, short_form(deployment::target_of(record.state)),
                            printable(rollback->cause.message, words_shown)),
                Colour::red};
    if (const auto* failed = std::get_if<deployment::Failed>(&record.state))
        return {name + ": " + printable(failed->cause.message, words_shown), Colour::red};
    if (const auto* refused = std::get_if<deployment::Refused>(&record.state))
        return {
            fmt::format("{}: {}: {}", name, refused->gate, printable(refused->reason, words_shown)),
            Colour::yellow};
    if (const auto* succeeded = std::get_if<deployment::Succeeded>(&record.state);
        succeeded != nullptr && !succeeded->verified)
        return {name + " (service stays stopped)", Colour::yellow};
    return {name, deployment::is_final(record.state) ? Colour::green : Colour::yellow};
}

std::string ago(TimePoint then, TimePoint now) {
    return format_age(std::max(now - then, Milliseconds{0})) + " ago";
}

}  // namespace inhaul::cli
