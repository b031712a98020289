// SPDX-License-Identifier: Apache-2.0
#include "fuzzing.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace inhaul::fuzz {

void require(bool kept, const char* promise) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

void require_readable(std::string_view message) {
    constexpr std::size_t longest = 8192;
    require(!message.empty(), "a message is not empty");
    require(!has_control_character(message), "a message is one line without control characters");
    require(message.size() <= longest, "a message has a bounded length");
}

void require_readable(const Error& error) {
    require_readable(error.message);
    for (std::string_view rest = error.hint; !rest.empty();)
        require(!has_control_character(take_until(rest, '\n')),
                "a hint has lines without control characters");
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
}

bool stays_below(std::string_view path) {
    if (path.empty() || path.find('\0') != std::string_view::npos) return false;
    const auto whole = std::filesystem::path{"/root"} / path;
    const auto resolved = whole.lexically_normal().string();
    return resolved.starts_with("/root/") && resolved.size() > std::string_view{"/root/"}.size();
}

std::string_view take_until(std::string_view& rest, char end) {
    const auto size = std::min(rest.find(end), rest.size());
    const auto taken = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    return taken;
}

unsigned take_byte(std::string_view& rest) {
    if (rest.empty()) return 0;
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    return byte;
}

std::string nested(std::string_view text) {
    if (text.empty() || text.front() < '0' || text.front() > '<') return std::string{text};
    const auto depth = std::size_t{1} << static_cast<unsigned>(text.front() - '0');
    text.remove_prefix(1);
    const auto before = take_until(text, '^');
    const auto within = take_until(text, '^');
    std::string all{before};
    const bool objects = within.starts_with('{');
    for (std::size_t i = 0; i < depth; ++i)
        all += objects ? "{\"a\":" : "[";
    all += objects ? "1" : "";
    all.append(depth, objects ? '}' : ']');
    return all.append(text);
}

}  // namespace inhaul::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    inhaul::fuzz::run({reinterpret_cast<const char*>(data), size});
    return 0;
}
