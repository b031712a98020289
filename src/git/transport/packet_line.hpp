#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/util/result.hpp>

/// What git's protocol is made of, gitprotocol-common(5): four hex digits that say how long the
/// line is, themselves included, and the line. Lengths below four are marks without a text.
namespace inhaul::git {

struct PacketLine {
    enum class Kind { text, flush, delimiter, response_end };
    Kind kind = Kind::text;
    std::string_view text;  ///< without a final line feed
};

constexpr std::string_view flush_packet{"0000"};
constexpr std::string_view delimiter_packet{"0001"};

/// The line with its length in front. At most 65516 bytes.
[[nodiscard]] std::string packet_line(std::string_view text);

/// Reads lines of what a server said. The bytes must outlive what is returned.
class PacketReader {
public:
    explicit PacketReader(std::string_view bytes) : rest_(bytes) {}
    /// Nothing at the end. An error with code protocol for a length that cannot be, or a line that
    /// is cut off, and for one that begins with `ERR `, with what the server says there.
    [[nodiscard]] Result<std::optional<PacketLine>> next();

private:
    std::string_view rest_;
};

/// Of the last bytes of an answer: what its last line says in side band 3, which is why the server
/// gave up; empty when that line is another.
[[nodiscard]] std::string_view last_complaint(std::string_view end);

}  // namespace inhaul::git
