// SPDX-License-Identifier: Apache-2.0
#include <inhaul/head_answer.hpp>

#include <array>

#include <inhaul/util/names.hpp>

namespace inhaul {
namespace {

constexpr std::array kind_names{
    Named{PollErrorKind::unreachable, "unreachable"},
    Named{PollErrorKind::server_error, "server_error"},
    Named{PollErrorKind::no_access, "no_access"},
    Named{PollErrorKind::empty_repository, "empty_repository"},
    Named{PollErrorKind::no_branch, "no_branch"},
    Named{PollErrorKind::bad_token, "bad_token"},
    Named{PollErrorKind::login_required, "login_required"},
    Named{PollErrorKind::key_refused, "key_refused"},
    Named{PollErrorKind::sso_required, "sso_required"},
    Named{PollErrorKind::forbidden, "forbidden"},
    Named{PollErrorKind::rate_limited, "rate_limited"},
    Named{PollErrorKind::legal_block, "legal_block"},
    Named{PollErrorKind::api_version, "api_version"},
    Named{PollErrorKind::untrusted, "untrusted"},
    Named{PollErrorKind::invalid_answer, "nonsense"},  // the name in ledgers and JSON stays
    Named{PollErrorKind::local, "local"},
};

struct MethodName {
    PollMethod value;
    std::string_view name;
    std::string_view words;
};
constexpr std::array method_names{
    MethodName{PollMethod::rest, "rest", "over REST, with one conditional request"},
    MethodName{PollMethod::https, "https", "over https, with one request of git's protocol"},
    MethodName{PollMethod::kept_ssh, "kept_ssh", "over ssh, in one session"},
    MethodName{PollMethod::each_ssh, "each_ssh", "over ssh, with a session for each poll"},
    MethodName{PollMethod::child, "child",
               "over git's protocol, with a child process for each poll"},
};

}  // namespace

std::string_view to_string(PollErrorKind kind) {
    return name_in(kind_names, kind, "unknown");
}

std::optional<PollErrorKind> poll_error_kind_from(std::string_view name) {
    return value_in(kind_names, name);
}

std::string_view to_string(PollMethod method) {
    return name_in(method_names, method, "unknown");
}

std::optional<PollMethod> poll_method_from(std::string_view name) {
    return value_in(method_names, name);
}

std::string describe(PollMethod method, std::optional<TimePoint> session_since) {
    const auto* const found = entry_of(method_names, method);
    std::string words{found == nullptr ? "" : found->words};
    if (session_since) words += " since " + format_local(*session_since);
    return words;
}

}  // namespace inhaul
