#include <inhaul/head_answer.hpp>

#include <algorithm>
#include <array>

namespace inhaul {
namespace {

struct TroubleName {
    Trouble trouble;
    std::string_view name;
};
constexpr std::array trouble_names{
    TroubleName{Trouble::unreachable, "unreachable"},
    TroubleName{Trouble::server_error, "server_error"},
    TroubleName{Trouble::no_access, "no_access"},
    TroubleName{Trouble::empty_repository, "empty_repository"},
    TroubleName{Trouble::no_branch, "no_branch"},
    TroubleName{Trouble::bad_token, "bad_token"},
    TroubleName{Trouble::sso_required, "sso_required"},
    TroubleName{Trouble::forbidden, "forbidden"},
    TroubleName{Trouble::rate_limited, "rate_limited"},
    TroubleName{Trouble::legal_block, "legal_block"},
    TroubleName{Trouble::api_version, "api_version"},
    TroubleName{Trouble::untrusted, "untrusted"},
    TroubleName{Trouble::nonsense, "nonsense"},
    TroubleName{Trouble::local, "local"},
};

}  // namespace

std::string_view to_string(Trouble trouble) {
    const auto* const found =
        std::find_if(trouble_names.begin(), trouble_names.end(),
                     [&](const auto& entry) { return entry.trouble == trouble; });
    return found == trouble_names.end() ? "unknown" : found->name;
}

std::optional<Trouble> trouble_from(std::string_view name) {
    const auto* const found = std::find_if(trouble_names.begin(), trouble_names.end(),
                                           [&](const auto& entry) { return entry.name == name; });
    if (found == trouble_names.end()) return std::nullopt;
    return found->trouble;
}

}  // namespace inhaul
