// SPDX-License-Identifier: Apache-2.0
#include "sse.hpp"

#include <inhaul/util/limits.hpp>

namespace inhaul::watch {
namespace {

constexpr std::string_view byte_order_mark{"\xEF\xBB\xBF"};
constexpr std::string_view usual_type{"message"};

}  // namespace

void EventParser::feed(std::string_view bytes, const OnEvent& on_event) {
    while (!bytes.empty()) {
        if (after_return_ && bytes.front() == '\n') bytes.remove_prefix(1);
        after_return_ = false;
        const auto end = bytes.find_first_of("\r\n");
        take(bytes.substr(0, end));
        if (end == std::string_view::npos) return;
        after_return_ = bytes[end] == '\r';
        bytes.remove_prefix(end + 1);
        end_line(on_event);
    }
}

void EventParser::take(std::string_view part) {
    if (dropping_line_ || part.empty()) return;
    if (line_.size() + event_.data.size() + part.size() > most_bytes_) {
        dropping_ = dropping_line_ = true;
        line_ = {};
        event_.data = {};
        return;
    }
    line_ += part;
}

void EventParser::end_line(const OnEvent& on_event) {
    if (!begun_ && line_.starts_with(byte_order_mark)) line_.erase(0, byte_order_mark.size());
    begun_ = true;
    const bool dropped = dropping_line_;
    dropping_line_ = false;
    if (dropped) return;
    if (line_.empty()) return dispatch(on_event);
    const std::string_view line{line_};
    const auto colon = line.find(':');
    auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (colon != 0) take_field(line.substr(0, colon), value);
    line_.clear();
}

void EventParser::take_field(std::string_view name, std::string_view value) {
    // Ignore a longer id or type.
    if ((name == "event" || name == "id") && value.size() > limits::relay_word_bytes) return;
    if (name == "event") {
        event_.type = value;
    } else if (name == "id" && value.find('\0') == std::string_view::npos) {
        event_.id = value;
    } else if (name == "data" && !dropping_) {
        if (has_data_) event_.data += '\n';
        event_.data += value;
        has_data_ = true;
    }
}

void EventParser::dispatch(const OnEvent& on_event) {
    if (dropping_) {
        ++too_large_;
    } else if (has_data_) {
        if (event_.type.empty()) event_.type = usual_type;
        on_event(event_);
    }
    event_.type.clear();
    event_.data.clear();
    has_data_ = dropping_ = false;
}

}  // namespace inhaul::watch
