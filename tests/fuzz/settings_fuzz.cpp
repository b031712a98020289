// SPDX-License-Identifier: Apache-2.0
#include <inhaul/config/config.hpp>
#include <inhaul/util/environment.hpp>
#include <inhaul/util/text.hpp>

#include <config/prescan.hpp>

#include "fuzzing.hpp"

// The input is a file of settings. Without a repository, two lines are added before it. The input
// is also a file of environment variables.

using namespace inhaul;

namespace {

void check_problems(const config::Loaded& loaded) {
    fuzz::require(loaded.apps.empty() != loaded.problems.empty(), "a file has an app or problems");
    for (const auto& problem : loaded.problems) {
        fuzz::require_readable(problem.message);
        fuzz::require(!fuzz::has_control_character(problem.key + problem.hint),
                      "a problem has no control characters");
        fuzz::require(config::format(problem).size() < 16'384, "a problem has a bounded length");
    }
}

void check_app(const Settings& app) {
    fuzz::require(app.directory.is_absolute(), "a directory is absolute");
    fuzz::require(!fuzz::has_control_character(app.directory.string() + app.git_url),
                  "directory and URL have no control character");
    if (app.stamp)
        fuzz::require(fuzz::stays_below(app.stamp->string()), "a stamp is below the directory");
    if (app.releases)
        for (const auto& shared : app.releases->shared)
            fuzz::require(fuzz::stays_below(shared.string()),
                          "a shared path is below the directory");
    for (const auto& path : app.require.paths)
        fuzz::require(fuzz::stays_below(path), "a path that is required is below the directory");
    if (const auto* const units = std::get_if<SystemdUnits>(&app.service)) {
        fuzz::require(!units->names.empty(), "there is a unit to restart");
        for (const auto& unit : units->names)
            fuzz::require(!unit.empty() && unit.size() <= 255 && unit.front() != '-' &&
                              unit.find('/') == std::string::npos &&
                              !fuzz::has_control_character(unit),
                          "a unit has a valid name");
    }
}

void check_environment(std::string_view text) {
    const auto variables = environment::parse(text);
    if (!variables) return fuzz::require_readable(variables.error());
    for (const auto& [name, value] : *variables) {
        fuzz::require(!name.empty() && is_alphanumeric(name, "_") && !name.starts_with("INHAUL_"),
                      "a variable has a name that inhaul does not set itself");
        fuzz::require(value.find_first_of(std::string_view{"\0\n", 2}) == std::string::npos,
                      "a variable has one line");
        fuzz::require(
            text.find(name) != std::string_view::npos && text.find(value) != std::string_view::npos,
            "a variable is a part of the file");
    }
}

}  // namespace

void fuzz::run(std::string_view input) {
    check_environment(input);
    const config::fs::path file{"/etc/inhaul/scripts/myapp.toml"};
    std::string toml{input};
    if (input.find("repository") == std::string_view::npos)
        toml = "repository = \"octocat/myapp\"\ndirectory = \"/srv/myapp\"\n" + toml;
    const auto loaded = config::parse(toml, file);
    check_problems(loaded);
    if (loaded.apps.empty()) return;
    const auto& app = loaded.apps.front();
    check_app(app);
    const auto again = config::parse(config::to_toml(app), file);
    require(again.apps.size() == 1, "effective settings are settings");
    require(config::effective_keys(again.apps.front()) == config::effective_keys(app),
            "effective settings read back as the same");
}
