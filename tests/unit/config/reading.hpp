// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <inhaul/config/config.hpp>

#include "support/catch.hpp"
#include "support/environment_variable.hpp"

namespace inhaul::test {

namespace fs = std::filesystem;

/// The environment of every test: the home is /home/scripts, and there are no credentials.
struct Account {
    Variable home{"HOME", "/home/scripts"};
    Variable credentials{"CREDENTIALS_DIRECTORY", nullptr};
};

inline std::string all_of(const std::vector<config::Problem>& problems) {
    std::string text;
    for (const auto& problem : problems)
        text += config::format(problem) + "\n";
    return text;
}

/// The problems of a file, one a line.
inline std::string problems_of(const std::string& toml, const std::string& file = "myapp.toml") {
    const Account account;
    const auto loaded = config::parse(toml, file);
    CHECK(loaded.apps.empty() != loaded.problems.empty());
    return all_of(loaded.problems);
}

/// The settings of a file that must be valid.
inline Settings settings_of(const std::string& toml) {
    const Account account;
    auto loaded = config::parse(toml, "/etc/inhaul/scripts/myapp.toml");
    INFO(toml << "\n" << all_of(loaded.problems));
    REQUIRE(loaded.apps.size() == 1);
    REQUIRE(loaded.problems.empty());
    return std::move(loaded.apps.front());
}

inline std::string example_text() {
    std::ostringstream text;
    text << std::ifstream{INHAUL_EXAMPLE}.rdbuf();
    return text.str();
}

inline constexpr auto least = "repository = \"octocat/myapp\"\ndirectory = \"/srv/myapp\"\n";

}  // namespace inhaul::test
