// SPDX-License-Identifier: Apache-2.0
#include "release_name.hpp"

#include <charconv>

namespace inhaul::git {

std::string ReleaseName::text() const {
    return build == 1 ? commit.hex() : commit.hex() + "-" + std::to_string(build);
}

std::optional<ReleaseName> release_name_from(std::string_view text) {
    const auto dash = text.find('-');
    auto commit = CommitId::parse(text.substr(0, dash));
    if (!commit) return std::nullopt;
    ReleaseName name{std::move(*commit)};
    if (dash != std::string_view::npos) {
        const auto digits = text.substr(dash + 1);
        std::from_chars(digits.data(), digits.data() + digits.size(), name.build);
        if (name.build < 2) return std::nullopt;
    }
    // Accept only the canonical form, since another form would be another directory. The builds 0,
    // 1 and 02 and upper case are not canonical.
    return name.text() == text ? std::optional{std::move(name)} : std::nullopt;
}

}  // namespace inhaul::git
