#include "surroundings.hpp"

#include <array>

#include <inhaul/util/file.hpp>

namespace inhaul::deploy {
namespace {

/// What of our environment a command gets: nothing that names a secret of inhaul's.
constexpr std::array passed_on{
    "PATH",       "HOME",        "USER",        "LOGNAME",  "SHELL",    "LANG",
    "LC_ALL",     "LC_CTYPE",    "LC_MESSAGES", "TZ",       "TMPDIR",   "XDG_RUNTIME_DIR",
    "http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy"};

}  // namespace

HookEnvironment surroundings() {
    HookEnvironment found;
    for (const auto* const name : passed_on)
        if (auto value = file::environment(name)) found.emplace_back(name, std::move(*value));
    return found;
}

}  // namespace inhaul::deploy
