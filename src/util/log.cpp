// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/log.hpp>

#include <unistd.h>

#include <inhaul/util/text.hpp>

namespace inhaul::log {
namespace {

constexpr std::size_t longest_value = 2000;

std::string_view word_for(Level level) {
    switch (level) {
        case Level::error:
            return "error: ";
        case Level::warning:
            return "warning: ";
        case Level::info:
        case Level::debug:
            break;
    }
    return "";
}

/// Writes with one call, so that the lines of several processes on one terminal do not mix.
void write_line(const Event& event) {
    const auto line = std::string{word_for(event.level)} + format_line(event) + "\n";
    std::string_view rest = line;
    while (!rest.empty()) {
        const auto written = ::write(STDERR_FILENO, rest.data(), rest.size());
        if (written <= 0) return;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
}

struct Destination {
    Sink sink = write_line;
    Level level = Level::info;
};

Destination& destination() {
    static Destination one;
    return one;
}

/// Escapes quotes and backslashes first. So the escapes of printable() differ from backslashes of
/// the value. No backslash of the value can escape the closing quote.
std::string quoted(const std::string& value) {
    std::string escaped;
    for (const char c : value) {
        if (c == '"' || c == '\\') escaped += '\\';
        escaped += c;
    }
    auto clean = printable(escaped, longest_value);
    if (clean.find_first_of(" \"=\\") == std::string::npos) return clean;
    return "\"" + clean + "\"";
}

void send(Level level, std::string_view sentence, Fields fields, std::string_view message_id = {}) {
    if (level > destination().level) return;
    destination().sink(Event{level, sentence, fields, message_id});
}

}  // namespace

void error(std::string_view sentence, Fields fields) {
    send(Level::error, sentence, fields);
}
void warning(std::string_view sentence, Fields fields) {
    send(Level::warning, sentence, fields);
}
void info(std::string_view sentence, Fields fields) {
    send(Level::info, sentence, fields);
}
void debug(std::string_view sentence, Fields fields) {
    send(Level::debug, sentence, fields);
}

void problem(Level level, std::string_view intent, const Error& error, Fields fields,
             std::string_view message_id) {
    send(level, with_hint(std::string{intent} + ": " + error.message, error.hint), fields,
         message_id);
}

void set_sink(Sink sink) {
    destination().sink = std::move(sink);
}
void set_level(Level level) {
    destination().level = level;
}

std::string format_line(const Event& event) {
    auto line = printable(event.sentence, longest_value);
    for (const auto& field : event.fields) {
        if (field.value.empty()) continue;
        line += " " + std::string{field.key} + "=" + quoted(field.value);
    }
    return line;
}

}  // namespace inhaul::log
