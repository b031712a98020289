// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>

#include <git/transport/packet_line.hpp>
#include <git/transport/ref_listing.hpp>

#include "fuzzing.hpp"

// The input is the output of a hostile server in a session over ssh: its capabilities, and answers
// to the request for HEAD.

using namespace inhaul;

namespace {

/// Returns the first answer, removed from the front; nothing if it is incomplete or invalid.
std::optional<std::string_view> take_answer(std::string_view& rest) {
    const auto size = git::answer_size(rest);
    if (!size) {
        fuzz::require_readable(size.error());
        return std::nullopt;
    }
    if (!*size) return std::nullopt;
    fuzz::require(**size >= 4 && **size <= rest.size(), "an answer is part of the input");
    const auto answer = rest.substr(0, **size);
    rest.remove_prefix(**size);
    const auto again = git::answer_size(answer);
    fuzz::require(again && *again == answer.size(), "an answer ends at the same byte when alone");
    for (auto part = answer; !part.empty();) {
        part.remove_suffix(1);
        const auto earlier = git::answer_size(part);
        fuzz::require(earlier && !*earlier, "an answer is complete with its last byte only");
        if (part.size() + 64 < answer.size()) part.remove_suffix(part.size() / 8);
    }
    return answer;
}

void check_capabilities(std::string_view answer) {
    const auto abilities = git::read_capabilities(answer);
    if (!abilities) return;
    fuzz::require(answer.substr(4).starts_with("version 2"), "a session is in version 2");
    fuzz::require(answer.find("ls-refs") != std::string_view::npos, "the server can list refs");
    fuzz::require(!abilities->is_git || answer.find("agent=git/") != std::string_view::npos,
                  "a server is git only if it says so");
}

void check_head(std::string_view answer) {
    const auto head = git::read_head(answer);
    if (!head) return fuzz::require_readable(head.error());
    if (!*head) return;
    const auto& [commit, ref] = **head;
    fuzz::require(commit.hex().size() == 40, "a head has 40 digits");
    fuzz::require(ref.find(' ') == std::string::npos, "a ref has no further attribute in it");
    fuzz::require(answer.find(" HEAD symref-target:" + ref) != std::string_view::npos,
                  "HEAD names the ref");
    const auto line = git::packet_line(commit.hex() + " HEAD symref-target:" + ref + "\n");
    const auto again = git::read_head(line + std::string{git::flush_packet});
    fuzz::require(again && *again && (*again)->commit == commit && (*again)->ref == ref,
                  "a head reads back as the same");
}

}  // namespace

void fuzz::run(std::string_view input) {
    check_head(input);
    check_capabilities(input);
    while (const auto answer = take_answer(input)) {
        check_capabilities(*answer);
        check_head(*answer);
    }
}
