// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include <inhaul/config/config.hpp>
#include <inhaul/service/polkit.hpp>
#include <inhaul/setup/new_app.hpp>

#include "fuzzing.hpp"

// The input is an account, which is also the address of a repository. The names of units follow,
// one on each line.

using namespace inhaul;

namespace {

/// The string literals of a rule, as JavaScript reads them.
std::vector<std::string> literals_of(std::string_view script) {
    std::vector<std::string> found;
    while (!script.empty()) {
        if (script.starts_with("//")) {
            fuzz::take_line(script);
            continue;
        }
        if (fuzz::take_byte(script) != '"') continue;
        std::string text;
        for (;;) {
            fuzz::require(!script.empty() && script.front() != '\n', "a literal ends on its line");
            const auto c = static_cast<char>(fuzz::take_byte(script));
            if (c == '"') break;
            if (c != '\\') {
                text += c;
                continue;
            }
            if (!script.starts_with('x')) {
                text += static_cast<char>(fuzz::take_byte(script));
                continue;
            }
            text += static_cast<char>(std::stoi(std::string{script.substr(1, 2)}, nullptr, 16));
            script.remove_prefix(3);
        }
        found.push_back(text);
    }
    return found;
}

void check_rule(const std::string& account, const std::vector<std::string>& units) {
    static const std::vector<std::string> one(1);
    static const auto plain = literals_of(service::polkit_rule("", one)).size() - one.size();
    if (units.empty()) return;
    const auto rule = service::polkit_rule(account, units);
    const auto literals = literals_of(rule);
    fuzz::require(literals.size() == plain + units.size(), "a rule has only the given texts");
    fuzz::require(std::equal(units.begin(), units.end(), literals.begin()),
                  "a rule names the given units");
    fuzz::require(std::find(literals.begin(), literals.end(), account) != literals.end(),
                  "a rule names the given account");
}

void check_unit(std::string_view name) {
    const auto toml =
        "repository = \"octocat/myapp\"\ndirectory = \"/srv/myapp\"\n[service]\nunit = " +
        config::toml_string(name) + "\n";
    const auto loaded = config::parse(toml, "/etc/inhaul/myapp.toml");
    if (loaded.apps.empty()) return;
    const auto& units = std::get<SystemdUnits>(loaded.apps.front().service);
    const auto& unit = units.names.front();
    fuzz::require(unit.starts_with(name) && unit.size() <= 255, "a unit has the given name");
    fuzz::require(unit.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789:-_.\\@") == std::string::npos,
                  "a unit's name has systemd's characters only");
    fuzz::require(unit.find('.') != std::string::npos && unit.front() != '-' && unit.front() != '.',
                  "a unit's name has a type and is no option");
}

void check_new_app(std::string_view remote) {
    const auto repository = setup::repository_from(remote);
    fuzz::require(repository.size() <= remote.size(), "an address does not grow");
    const auto name = setup::name_from(remote);
    if (!name.empty()) fuzz::require(AppName::parse(name).has_value(), "a proposed name is valid");
    setup::NewApp app{.name = "myapp",
                      .repository = std::string{remote},
                      .branch = "main",
                      .directory = "/srv/myapp",
                      .units = {std::string{remote}}};
    const auto loaded = config::parse(setup::settings_text(app), "/etc/inhaul/myapp.toml");
    fuzz::require(loaded.apps.size() <= 1, "a file has one app");
    if (loaded.apps.size() == 1)
        fuzz::require(loaded.apps.front().repository == remote &&
                          loaded.apps.front().directory == "/srv/myapp",
                      "a value cannot become another key");
}

}  // namespace

void fuzz::run(std::string_view input) {
    const std::string account{take_line(input)};
    std::vector<std::string> units;
    while (!input.empty() && units.size() < 4)
        units.emplace_back(take_line(input));
    check_rule(account, units);
    check_unit(account);
    check_new_app(account);
    for (const auto& unit : units)
        check_unit(unit);
}
