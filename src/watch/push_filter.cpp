// SPDX-License-Identifier: Apache-2.0
#include "push_filter.hpp"

#include <algorithm>

#include <inhaul/util/text.hpp>

namespace inhaul::watch {
namespace {

using Kind = Classified::Kind;

/// Delivery ids are GUIDs. They are not signed, so they may be any text.
constexpr std::size_t longest_delivery_id = 64;

std::string_view refusal(Signature signature) {
    switch (signature) {
        case Signature::missing:
            return "no signature";
        case Signature::sha1_only:
            return "only a SHA-1 signature";
        case Signature::malformed:
            return "malformed signature";
        case Signature::present:
            break;
    }
    return "wrong signature";
}

bool same_name(std::string_view one, std::string_view other) {
    return lower_case(one) == lower_case(other);
}

/// Returns `owner/name`, as in events, of the URL that git fetches from.
std::string_view slug_of(std::string_view url) {
    while (url.ends_with('/'))
        url.remove_suffix(1);
    if (url.ends_with(".git")) url.remove_suffix(4);
    const auto name = url.rfind('/');
    const auto owner =
        name == 0 || name == std::string_view::npos ? name : url.rfind('/', name - 1);
    return owner == std::string_view::npos ? url : url.substr(owner + 1);
}

bool is_ours(const PushEvent& push, const Settings& settings, const RepositoryIds& repository_ids) {
    if (push.repository_id && std::find(repository_ids.begin(), repository_ids.end(),
                                        *push.repository_id) != repository_ids.end())
        return true;
    return has_name_of(push, settings);
}

bool is_form(const Delivery& delivery, std::string_view body) {
    return delivery.content_type.starts_with("application/x-www-form-urlencoded") ||
           body.starts_with("payload=");
}

Classified read_event(const Delivery& delivery, std::string_view body, const Settings& settings,
                      const RepositoryIds& repository_ids) {
    if (delivery.event == "ping") return {Kind::ping, "ping"};
    if (delivery.event != "push") return {Kind::ignored, "not a push event"};
    if (is_form(delivery, body)) return {Kind::refused, "sent as a form"};
    auto push = read_push(body);
    if (!push) return {Kind::refused, "unreadable"};
    if (!is_ours(*push, settings, repository_ids)) return {Kind::ignored, "another repository"};
    if (push->ref != settings.branch.ref()) return {Kind::ignored, "another branch"};
    if (push->deleted || !push->after) return {Kind::ignored, "the branch was deleted"};
    return {.kind = Kind::push, .what = "push", .push = std::move(push)};
}

/// Returns true for a push to this branch according to bytes that are not verified.
bool may_be_ours(const Delivery& delivery, const Settings& settings,
                 const RepositoryIds& repository_ids) {
    if (delivery.signature != Signature::present || delivery.event != "push") return false;
    const auto claimed = read_event(delivery, unverified_body(delivery), settings, repository_ids);
    return claimed.kind != Kind::ignored;
}

}  // namespace

bool has_name_of(const PushEvent& push, const Settings& settings) {
    const auto slug = settings.github ? settings.github->slug() : std::string{};
    return same_name(push.repository, slug.empty() ? slug_of(settings.git_url) : slug);
}

Classified classify(const Delivery& delivery, const Settings& settings,
                    const RepositoryIds& repository_ids, const std::vector<Secret>& secrets) {
    if (!settings.relay || settings.relay->secret_files.empty()) {
        auto classified = read_event(delivery, unverified_body(delivery), settings, repository_ids);
        // A relay may have removed the delivery's id. The commit then identifies the push.
        classified.key = "id " + delivery.id.substr(0, longest_delivery_id);
        if (delivery.id.empty() && classified.push && classified.push->after)
            classified.key = "commit " + classified.push->after->hex();
        return classified;
    }
    if (secrets.empty()) return {Kind::refused, "no secret to check with"};
    const auto body = verified_body(delivery, secrets);
    if (!body) {
        Classified refused{Kind::refused, refusal(delivery.signature)};
        refused.doubtful = may_be_ours(delivery, settings, repository_ids);
        return refused;
    }
    auto classified = read_event(delivery, *body, settings, repository_ids);
    classified.genuine = true;
    classified.doubtful = classified.kind == Kind::refused;
    classified.key = to_hex(delivery.claimed);
    return classified;
}

}  // namespace inhaul::watch
