// SPDX-License-Identifier: Apache-2.0
#include <inhaul/head_answer.hpp>

#include <algorithm>
#include <array>

namespace inhaul {
namespace {

struct KindName {
    PollErrorKind kind;
    std::string_view name;
};
constexpr std::array kind_names{
    KindName{PollErrorKind::unreachable, "unreachable"},
    KindName{PollErrorKind::server_error, "server_error"},
    KindName{PollErrorKind::no_access, "no_access"},
    KindName{PollErrorKind::empty_repository, "empty_repository"},
    KindName{PollErrorKind::no_branch, "no_branch"},
    KindName{PollErrorKind::bad_token, "bad_token"},
    KindName{PollErrorKind::sso_required, "sso_required"},
    KindName{PollErrorKind::forbidden, "forbidden"},
    KindName{PollErrorKind::rate_limited, "rate_limited"},
    KindName{PollErrorKind::legal_block, "legal_block"},
    KindName{PollErrorKind::api_version, "api_version"},
    KindName{PollErrorKind::untrusted, "untrusted"},
    KindName{PollErrorKind::nonsense, "nonsense"},
    KindName{PollErrorKind::local, "local"},
};

}  // namespace

std::string_view to_string(PollErrorKind kind) {
    const auto* const found = std::find_if(kind_names.begin(), kind_names.end(),
                                           [&](const auto& entry) { return entry.kind == kind; });
    return found == kind_names.end() ? "unknown" : found->name;
}

std::optional<PollErrorKind> poll_error_kind_from(std::string_view name) {
    const auto* const found = std::find_if(kind_names.begin(), kind_names.end(),
                                           [&](const auto& entry) { return entry.name == name; });
    if (found == kind_names.end()) return std::nullopt;
    return found->kind;
}

}  // namespace inhaul
