// SPDX-License-Identifier: Apache-2.0
#include "push_event.hpp"

#include <charconv>

#include "json_members.hpp"

namespace inhaul::watch {
namespace {

/// A created branch has forty zeros as `before`, a deleted branch as `after`.
std::optional<CommitId> commit_at(const std::vector<Member>& members, std::string_view name) {
    const auto text = text_at(members, name).value_or("");
    if (text.find_first_not_of('0') == std::string::npos) return std::nullopt;
    return CommitId::parse(text);
}

std::optional<std::int64_t> number_at(const std::vector<Member>& members, std::string_view name) {
    const auto text = value_of(members, name).value_or("");
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional{number} : std::nullopt;
}

}  // namespace

std::optional<PushEvent> read_push(std::string_view body) {
    const auto members = members_of(body);
    if (!members) return std::nullopt;
    const auto repository = members_of(value_of(*members, "repository").value_or(""));
    auto ref = text_at(*members, "ref");
    if (!ref || !repository) return std::nullopt;
    return PushEvent{.ref = std::move(*ref),
                     .deleted = value_of(*members, "deleted") == "true",
                     .before = commit_at(*members, "before"),
                     .after = commit_at(*members, "after"),
                     .repository_id = number_at(*repository, "id"),
                     .repository = text_at(*repository, "full_name").value_or("")};
}

}  // namespace inhaul::watch
