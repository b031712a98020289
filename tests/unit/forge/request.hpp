// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/forge/forge.hpp>

/// Settings and replies for the tests of this folder.
namespace inhaul::test {

inline const std::string known_hex(40, 'a');
inline const std::string other_hex(40, 'b');

inline CommitId commit(const std::string& hex) {
    return CommitId::parse(hex).value();
}

inline Settings settings(const std::string& branch = "main",
                         const std::string& api = "https://api.github.com") {
    return {.app = AppName::parse("shop").value(),
            .file = "/etc/inhaul/shop.toml",
            .repository = "octo/app",
            .git_url = "https://github.com/octo/app",
            .github = GitHubRepository{.api = api, .owner = "octo", .name = "app"},
            .head_source = HeadSource::github_api,
            .branch = BranchName::parse(branch).value(),
            .directory = "/srv/shop",
            .token_file = "/etc/inhaul/token"};
}

}  // namespace inhaul::test
