// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

/// A parser of Server-Sent Events;
/// https://html.spec.whatwg.org/multipage/server-sent-events.html
namespace inhaul::watch {

struct ServerEvent {
    std::string type;  ///< `message` if the stream sets none
    std::string data;  ///< its lines, joined by line feeds
    std::string id;    ///< the last id in the stream; empty without one
};

/// Parses the stream from pieces of any size. Holds one event at a time and at most `most_bytes` of
/// it. Drops and counts a larger event, and continues with the next one.
class EventParser {
public:
    explicit EventParser(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    using OnEvent = std::function<void(const ServerEvent&)>;
    void feed(std::string_view bytes, const OnEvent& on_event);

    [[nodiscard]] std::uint64_t too_large() const { return too_large_; }

private:
    void take(std::string_view part);
    void end_line(const OnEvent& on_event);
    void take_field(std::string_view name, std::string_view value);
    void dispatch(const OnEvent& on_event);

    std::size_t most_bytes_;
    std::string line_;
    ServerEvent event_;
    bool has_data_ = false;
    bool begun_ = false;          ///< a byte order mark is only allowed at the beginning
    bool after_return_ = false;   ///< a line feed now belongs to the last line end
    bool dropping_ = false;       ///< this event is too large
    bool dropping_line_ = false;  ///< the rest of this line belongs to it
    std::uint64_t too_large_ = 0;
};

}  // namespace inhaul::watch
