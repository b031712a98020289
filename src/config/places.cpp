// SPDX-License-Identifier: Apache-2.0
#include <inhaul/config/config.hpp>

#include <fmt/format.h>

#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>

namespace inhaul::config {
namespace {

constexpr const char* personal_settings = ".config";
constexpr const char* personal_states = ".local/state";

Result<fs::path> absolute_path(const fs::path& path) {
    std::error_code error;
    const auto whole = fs::absolute(path, error).lexically_normal();
    if (error || path.empty())
        return fail(ErrorCode::usage,
                    fmt::format("{} is not a directory", path.empty() ? "\"\"" : path.string()));
    return whole.has_filename() ? whole : whole.parent_path();
}

/// Returns inhaul's directory in an XDG directory. The XDG specification ignores relative
/// directories.
Result<fs::path> personal(const char* variable, const fs::path& home, const char* otherwise) {
    const fs::path given{file::environment(variable).value_or("")};
    if (given.is_absolute()) return given / "inhaul";
    if (home.is_absolute()) return home / otherwise / "inhaul";
    return fail(ErrorCode::usage, "this account has no home directory",
                "Set --config and --state.");
}

/// The StateDirectory= of inhaul's units. systemd separates several by colons.
std::optional<fs::path> state_from_systemd() {
    const auto given = file::environment("STATE_DIRECTORY");
    if (!given) return std::nullopt;
    return fs::path{given->substr(0, given->find(':'))};
}

}  // namespace

Places system_places(std::string_view account) {
    return {fs::path{system_settings} / account, fs::path{system_states} / account};
}

Places places_in(const fs::path& home) {
    return {home / personal_settings / "inhaul", home / personal_states / "inhaul"};
}

bool is_system_place(const fs::path& directory) {
    const auto parent = directory.parent_path();
    return parent == system_settings || parent == system_states;
}

Result<Places> places(const std::optional<fs::path>& config_option,
                      const std::optional<fs::path>& state_option) {
    const auto account = TRY(account::current());
    const auto of_system = system_places(account.name);
    Places places;
    std::error_code ignored;
    if (config_option)
        places.settings = TRY_WITHIN("--config", absolute_path(*config_option));
    else if (fs::is_directory(of_system.settings, ignored) ||
             state_from_systemd() == of_system.state)
        places.settings = of_system.settings;
    else
        places.settings = TRY(personal("XDG_CONFIG_HOME", account.home, personal_settings));

    if (state_option)
        places.state = TRY_WITHIN("--state", absolute_path(*state_option));
    else if (const auto given = state_from_systemd())
        places.state = *given;
    else if (places.settings.parent_path() == system_settings)
        places.state = system_places(places.settings.filename().string()).state;
    else
        places.state = TRY(personal("XDG_STATE_HOME", account.home, personal_states));
    return places;
}

}  // namespace inhaul::config
