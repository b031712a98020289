#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

/// Server-Sent Events as they come in;
/// https://html.spec.whatwg.org/multipage/server-sent-events.html
namespace inhaul::watch {

struct ServerEvent {
    std::string type;  ///< `message` when the stream names none
    std::string data;  ///< its lines, with a line feed between them
    std::string id;    ///< the last that the stream has named; empty when it has named none
};

/// Takes the stream piece by piece, however it is cut. Holds one event at a time, and of that at
/// most `most_bytes`: a larger one is dropped and counted, what comes after it is read again.
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
    bool begun_ = false;          ///< a byte order mark may only be at the very beginning
    bool after_return_ = false;   ///< a line feed now belongs to the end of the last line
    bool dropping_ = false;       ///< this event is too large
    bool dropping_line_ = false;  ///< and so is this very line
    std::uint64_t too_large_ = 0;
};

}  // namespace inhaul::watch
