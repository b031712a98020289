// SPDX-License-Identifier: Apache-2.0
#include "signed_commit.hpp"

#include <algorithm>

namespace inhaul::git {
namespace {

constexpr std::string_view signature_header{"gpgsig "};

/// Removes the first line, and returns it without its line end.
std::string_view take_header_line(std::string_view& rest) {
    const auto size = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    return line;
}

}  // namespace

std::optional<Repository::Signature> split_signature(std::string_view commit) {
    if (commit.find('\0') != std::string_view::npos) return std::nullopt;
    auto rest = commit;
    // The headers end with an empty line.
    while (!rest.empty() && !rest.starts_with('\n')) {
        const auto before = commit.substr(0, commit.size() - rest.size());
        const auto line = take_header_line(rest);
        if (!line.starts_with(signature_header)) continue;
        Repository::Signature found{.signature = std::string{line.substr(signature_header.size())},
                                    .content = std::string{before}};
        // A header's further lines begin with a space.
        while (rest.starts_with(' '))
            found.signature.append("\n").append(take_header_line(rest).substr(1));
        found.content += rest;
        return found;
    }
    return std::nullopt;
}

}  // namespace inhaul::git
