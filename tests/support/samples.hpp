// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <inhaul/settings.hpp>

namespace inhaul::test {

/// Returns a commit ID that repeats one digit.
inline CommitId commit(char digit) {
    return *CommitId::parse(std::string(40, digit));
}

/// Returns settings of an app on GitHub with a token, without a service.
inline Settings settings(const std::string& name) {
    Settings made{.app = *AppName::parse(name), .branch = *BranchName::parse("main")};
    made.file = "/etc/inhaul/scripts/" + name + ".toml";
    made.repository = "octocat/" + name;
    made.git_url = "https://github.com/octocat/" + name + ".git";
    made.github = GitHubRepository{"https://api.github.com", "octocat", name, "https://github.com"};
    made.head_source = HeadSource::github_api;
    made.directory = "/srv/" + name;
    made.token_file = "/etc/inhaul/token";
    made.hash = "mark-of-" + name;
    return made;
}

}  // namespace inhaul::test
