// SPDX-License-Identifier: Apache-2.0
#include "smart_http.hpp"

#include <array>

#include <fmt/format.h>

#include <inhaul/util/log.hpp>
#include <inhaul/util/text.hpp>

#include "packet_line.hpp"

namespace inhaul::git {
namespace {

constexpr std::size_t largest_listing = 64 * 1024 * 1024;
constexpr std::size_t most_explanation = 4 * 1024;

/// Adds the capability no-progress to the first line: libgit2 cannot request it, and nobody would
/// read the progress.
std::string without_progress(std::string request) {
    constexpr std::string_view multiplexed{" side-band-64k"};
    constexpr std::string_view wish{" no-progress"};
    const auto line = PacketReader{request}.next();
    if (!line || !*line || !(*line)->text.starts_with("want ")) return request;
    const auto at = (*line)->text.find(multiplexed);
    if (at == std::string_view::npos) return request;
    std::string wanted{(*line)->text};
    const auto end = request.find('\n') + 1;
    wanted.insert(at, wish);
    return packet_line(wanted + "\n") + request.substr(end);
}

}  // namespace

SmartHttp::SmartHttp(const Access& access)
    : access_(access), url_(without_final_slash(access.url)), session_(access.timeouts) {}

Result<void> SmartHttp::follow(const http::Response& answer, std::string_view path) {
    url_ = TRY(redirected(access_, url_, path, answer));
    if (has_moved(access_, url_))
        log::warning("the repository has moved", {{"from", access_.url}, {"to", url_}});
    return {};
}

SmartHttp::Service SmartHttp::find_service() {
    const auto answer =
        session_.send(git_request(access_, url_, refs_path, std::nullopt, ProtocolVersion::zero));
    if (!answer) return Service::missing;
    if (is_git_answer(*answer)) return Service::here;
    // A redirect to another host, or to a page, gives no better error than the first answer.
    const bool found = redirects(*answer) && follow(*answer, refs_path);
    return found ? Service::elsewhere : Service::missing;
}

Result<void> SmartHttp::judge(const http::Response& answer) {
    if (is_git_answer(answer)) return {};
    const auto words =
        explains(answer) ? rest_of_answer(most_explanation).value_or("") : std::string{};
    return fail(not_a_git_answer(access_, answer, words));
}

Result<void> SmartHttp::send(std::string_view path, const std::optional<std::string>& body,
                             ProtocolVersion version) {
    for (int hops = 0;; ++hops) {
        const auto intent = "fetch " + access_.url;
        const auto answer =
            TRY_WITHIN(intent, session_.send(git_request(access_, url_, path, body, version)));
        const bool may_be_elsewhere = body && url_ == without_final_slash(access_.url);
        if (lacks_service(answer) && may_be_elsewhere && !looked_for_service_) {
            looked_for_service_ = true;
            const auto refused = judge(answer);
            const auto service = find_service();
            if (service == Service::elsewhere) continue;
            // As for other servers without version 2, the refs are then listed in version 0.
            if (service == Service::here && version == ProtocolVersion::two)
                return fail(ErrorCode::protocol, intent + ": the server lists refs only by GET");
            return refused;
        }
        if (!redirects(answer) || hops == most_redirects) return judge(answer);
        TRY(follow(answer, path));
    }
}

Result<std::string> SmartHttp::rest_of_answer(std::size_t most) {
    std::string text;
    std::array<char, 16 * 1024> buffer{};
    while (const auto count = TRY(read(buffer.data(), buffer.size()))) {
        if (count > most - text.size())
            return fail(
                ErrorCode::refused,
                fmt::format("fetch {}: the response is larger than {} bytes", access_.url, most));
        text.append(buffer.data(), count);
    }
    return text;
}

Result<RefListing> SmartHttp::list_in_version_two(const BranchName& branch,
                                                  std::string_view prefix) {
    TRY(send(service_path, ls_refs_request(prefix), ProtocolVersion::two));
    const auto answer = TRY(rest_of_answer(largest_listing));
    return TRY_WITHIN("fetch " + access_.url, read_ls_refs(answer, branch));
}

Result<RefListing> SmartHttp::list_refs_v0(const BranchName& branch) {
    TRY(send(refs_path, std::nullopt, ProtocolVersion::zero));
    const auto answer = TRY(rest_of_answer(largest_listing));
    return TRY_WITHIN("fetch " + access_.url, read_advertisement(answer, branch, Over::http));
}

Result<RefListing> SmartHttp::list(const BranchName& branch, std::string_view prefix) {
    if (supports_v2_) {
        auto listing = list_in_version_two(branch, prefix);
        if (listing || listing.error().code != ErrorCode::protocol) return listing;
        supports_v2_ = false;
    }
    return list_refs_v0(branch);
}

Result<CommitId> SmartHttp::head_of(const BranchName& branch) {
    auto listing = TRY(list(branch, branch.ref()));
    if (listing.head) return *listing.head;
    if (!listing.has_branches) listing = TRY(list(branch, BranchName::prefix));
    if (listing.head) return *listing.head;
    return fail(missing_branch(access_.url, branch, listing.has_branches));
}

Result<void> SmartHttp::upload_pack(std::string body) {
    return send(service_path, without_progress(std::move(body)), ProtocolVersion::zero);
}

Result<std::size_t> SmartHttp::read(char* buffer, std::size_t size) {
    return TRY_WITHIN("fetch " + access_.url, session_.read(buffer, size));
}

}  // namespace inhaul::git
