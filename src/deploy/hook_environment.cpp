// SPDX-License-Identifier: Apache-2.0
#include "hook_environment.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include <unistd.h>

#include <inhaul/util/account.hpp>
#include <inhaul/util/environment.hpp>
#include <inhaul/util/file.hpp>

namespace inhaul::deploy {
namespace {

/// The variables that a command inherits. None of them contains a secret of inhaul.
constexpr std::array passed_on{"PATH",        "HOME",        "USER",           "LOGNAME",
                               "SHELL",       "LANG",        "LC_ALL",         "LC_CTYPE",
                               "LC_MESSAGES", "TZ",          "TMPDIR",         "XDG_RUNTIME_DIR",
                               "http_proxy",  "https_proxy", "HTTPS_PROXY",    "no_proxy",
                               "NO_PROXY",    "all_proxy",   "XDG_CACHE_HOME", "npm_config_cache"};

}  // namespace

HookEnvironment hook_environment(const HookEnvironment& names, const HookEnvironment& own) {
    HookEnvironment found;
    for (const auto* const name : passed_on)
        if (auto value = file::environment(name)) found.emplace_back(name, std::move(*value));
    // A system service has none, and its account may have a manager: for `systemctl --user`.
    const std::string runtime{"XDG_RUNTIME_DIR"};
    const auto named = [&](const auto& entry) { return entry.first == runtime; };
    const auto directory = account::runtime_directory(::geteuid());
    std::error_code ignored;
    if (std::none_of(found.begin(), found.end(), named) &&
        std::filesystem::is_directory(directory, ignored))
        found.emplace_back(runtime, directory.string());
    const auto passed = environment::with_prefix(environment::hook_prefix);
    for (const auto* const more : {&passed, &own, &names})
        found.insert(found.end(), more->begin(), more->end());
    return found;
}

}  // namespace inhaul::deploy
