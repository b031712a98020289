#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/util/clock.hpp>

#include "statement.hpp"

/// Whatever is over after a while: when that began, by both clocks, and how long it lasts. The end
/// is not stored. It would be a time of the wall clock, which may have been wrong by years when it
/// was written, or is wrong when it is read.
namespace inhaul::ledger {

class Database;

struct Deadline {
    Moment begun;
    std::optional<Milliseconds> length;  ///< nothing: nobody knows how long

    /// `1772323200000 BOOT 12000 60000`: wall clock, boot, uptime and length in milliseconds; `-`
    /// for a boot or length that is not known.
    [[nodiscard]] static std::optional<Deadline> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
};
template <>
struct Column<Deadline> : TextColumn<Deadline, Deadline::parse> {};

/// The end by the wall clock as it is now; in the past for what is over.
[[nodiscard]] std::optional<TimePoint> end_of(const std::optional<Deadline>& deadline,
                                              const Moment& now);
/// Begun now, until what the wall clock shows then.
[[nodiscard]] Deadline deadline_until(const std::optional<TimePoint>& until, const Moment& now);

/// For those that were begun before the host was started: what is left of each, by the wall clock
/// and never more than its length, begins now. From here on only the host's uptime counts. Those of
/// a hold stay: its gate is asked again, and says what is left.
[[nodiscard]] Result<void> begin_again_after_boot(Database& database, const Moment& now);

}  // namespace inhaul::ledger
