// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <inhaul/util/result.hpp>

/// One line per event: a lower-case sentence, then key=value. Level `info` is for state changes and
/// outcomes only; an idle day has few lines.
namespace inhaul::log {

enum class Level { error = 3, warning = 4, info = 6, debug = 7 };  ///< syslog's numbers

/// A key in lower_snake_case and its value; a Secret cannot become one.
struct Field {
    std::string_view key;
    std::string value;
};
using Fields = std::initializer_list<Field>;

void error(std::string_view sentence, Fields fields = {});
void warning(std::string_view sentence, Fields fields = {});
void info(std::string_view sentence, Fields fields = {});
void debug(std::string_view sentence, Fields fields = {});
/// Logs an error's message and hint at the given level, after the intent. `message_id` is for
/// programs that read the journal: see Event.
void problem(Level level, std::string_view intent, const Error& error, Fields fields = {},
             std::string_view message_id = {});

/// An event that a sink receives.
struct Event {
    Level level;
    std::string_view sentence;
    Fields fields;
    std::string_view message_id = {};  ///< the journal's MESSAGE_ID: 32 hex digits, or empty
};
using Sink = std::function<void(const Event&)>;

/// Replaces the destination of events. The default writes `sentence key=value` lines to standard
/// error.
void set_sink(Sink sink);
/// Drops events that are less severe; the default is info.
void set_level(Level level);
/// Returns `sentence key=value key="two words"`. Escapes control characters, so that the text of a
/// server or a commit cannot forge a line.
[[nodiscard]] std::string format_line(const Event& event);

}  // namespace inhaul::log
