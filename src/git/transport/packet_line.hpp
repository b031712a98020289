// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <inhaul/util/result.hpp>

/// Lines of git's protocol, gitprotocol-common(5): four hex digits with the length of the line,
/// including themselves, and the line. Lengths below four are marks without text.
namespace inhaul::git {

struct PacketLine {
    enum class Kind { text, flush, delimiter, response_end };
    Kind kind = Kind::text;
    std::string_view text;  ///< without a final line feed
};

constexpr std::string_view flush_packet{"0000"};
constexpr std::string_view delimiter_packet{"0001"};

/// Returns the line with its length in front. At most 65516 bytes.
[[nodiscard]] std::string packet_line(std::string_view text);

/// Reads lines of a server's response. Caller must keep the bytes alive.
class PacketReader {
public:
    explicit PacketReader(std::string_view bytes) : rest_(bytes) {}
    /// Returns the next line; nothing at the end. Fails with code `protocol` for an invalid length
    /// or a truncated line. Also fails with `protocol` for a line that begins with `ERR `; the
    /// message has its text.
    [[nodiscard]] Result<std::optional<PacketLine>> next();

private:
    std::string_view rest_;
};

/// Returns the size of the response at the beginning of the bytes; nothing if more bytes must come.
/// The response ends with its flush packet or a line that begins with `ERR `. Fails with code
/// `protocol` for an invalid length.
[[nodiscard]] Result<std::optional<std::size_t>> answer_size(std::string_view bytes);

/// Returns the text of the first line of a response, if the line begins with `ERR `. The text is
/// the reason why the server sends nothing else. `begin` are the first bytes of the response. They
/// may end in the middle of that line.
[[nodiscard]] std::string_view leading_error(std::string_view begin);

/// Returns the text of the last line of a response, if the line is in side band 3. The text is the
/// reason why the server failed. `end` are the last bytes of the response.
[[nodiscard]] std::string_view sideband_error(std::string_view end);

}  // namespace inhaul::git
