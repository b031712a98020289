// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/github.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/budget.hpp>
#include <inhaul/util/bounded_json.hpp>
#include <inhaul/util/secret_files.hpp>
#include <inhaul/util/text.hpp>

#include "api_request.hpp"
#include "poll_error.hpp"

namespace inhaul::forge {
namespace {

constexpr int most_hops = 3;

bool is_slug(const std::string& text) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/";
    return text.size() <= 200 && std::count(text.begin(), text.end(), '/') == 1 &&
           !text.starts_with('/') && !text.ends_with('/') &&
           text.find_first_not_of(allowed) == std::string::npos;
}

/// The name in a repository's JSON, if there is one that can be shown.
std::optional<std::string> read_full_name(const Result<http::Response>& response) {
    if (!response || response->status != 200) return std::nullopt;
    const auto body = nlohmann::json::parse(bounded_json(response->body), nullptr, false);
    if (!body.is_object()) return std::nullopt;
    const auto name = body.find("full_name");
    if (name == body.end() || !name->is_string()) return std::nullopt;
    auto text = name->get<std::string>();
    return is_slug(text) ? std::optional{std::move(text)} : std::nullopt;
}

/// One running poll, with all data that it needs. Before the answer, the settings may be reread and
/// the Forge may be gone.
class HeadPoll : public std::enable_shared_from_this<HeadPoll> {
public:
    HeadPoll(http::Client& client, const Clock& clock, const HeadRequest& request,
             std::optional<Secret> token, Forge::Answered answered)
        : client_(client),
          clock_(clock),
          settings_(request.settings),
          known_(request.known),
          repository_id_(request.repository_id),
          token_(std::move(token)),
          answered_(std::move(answered)) {}

    void send() {
        auto message = head_request(request(), token_);
        requested_url_ = message.url;
        client_.start(std::move(message), [self = shared_from_this()](const auto& response) {
            self->on_response(response);
        });
    }

private:
    [[nodiscard]] HeadRequest request() const { return {settings_, known_, repository_id_}; }

    void on_response(const Result<http::Response>& response) {
        if (!response)
            return finish({.what = poll_error_of(named(response.error()), clock_.now())});
        if (http::is_redirect(response->status) && hops_ < most_hops) {
            if (const auto move = read_move(*response, requested_url_)) return follow(*move);
        }
        finish(read_head_reply(*response, request(), token_.has_value(), clock_.now()));
    }

    /// Requests the same branch by the repository's number. Uses only the number in the redirect,
    /// so that the redirect cannot choose the host that gets the token.
    void follow(const RepositoryMove& move) {
        ++hops_;
        repository_id_ = move.repository_id;
        send();
    }

    void finish(HeadAnswer answer) {
        if (hops_ == 0) return answered_(answer);
        answer.repository_id = repository_id_;
        if (std::holds_alternative<PollError>(answer.what)) return answered_(answer);
        request_name(std::move(answer));
    }

    void request_name(HeadAnswer answer) {
        auto request =
            api_request(fmt::format("{}/repositories/{}", settings_.github->api, *repository_id_),
                        token_, settings_.ca_file);
        client_.start(std::move(request),
                      [self = shared_from_this(), known = std::move(answer)](const auto& response) {
                          auto complete = known;
                          complete.moved_to = read_full_name(response);
                          self->answered_(complete);
                      });
    }

    [[nodiscard]] Error named(const Error& error) const {
        return error.within(
            fmt::format("{} of {}", settings_.branch.text(), settings_.github->slug()));
    }

    http::Client& client_;
    const Clock& clock_;
    Settings settings_;
    std::optional<CommitId> known_;
    std::optional<std::int64_t> repository_id_;
    std::optional<Secret> token_;
    Forge::Answered answered_;
    std::string requested_url_;
    int hops_ = 0;
};

class GitHub final : public Forge {
public:
    GitHub(http::Client& client, const Clock& clock) : client_(client), clock_(clock) {}

    void poll_head(const HeadRequest& request, Answered answered) override {
        auto token = tokens_.secret(request.settings.token_file);
        if (!request.settings.github)
            token = fail(ErrorCode::configuration, fmt::format("read the head of {}: not on GitHub",
                                                               request.settings.repository));
        if (!token) {
            client_.defer([answered = std::move(answered),
                           poll_error = poll_error_of(token.error(), clock_.now())]() mutable {
                poll_error.kind = PollErrorKind::local;
                answered({.what = std::move(poll_error)});
            });
            return;
        }
        std::make_shared<HeadPoll>(client_, clock_, request, std::move(*token), std::move(answered))
            ->send();
    }

    std::string budget(const Settings& settings) override { return rest_budget(settings, tokens_); }

private:
    http::Client& client_;
    const Clock& clock_;
    SecretFiles tokens_;
};

}  // namespace

std::unique_ptr<Forge> github(http::Client& client, const Clock& clock) {
    return std::make_unique<GitHub>(client, clock);
}

}  // namespace inhaul::forge
