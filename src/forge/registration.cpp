// SPDX-License-Identifier: Apache-2.0
#include <inhaul/forge/registration.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <inhaul/forge/github.hpp>
#include <inhaul/util/bounded_json.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include "api_request.hpp"
#include "check_pages.hpp"
#include "json_text.hpp"
#include "rest_error.hpp"

namespace inhaul::forge {
namespace {

using Json = nlohmann::json;

constexpr std::size_t largest_list_page = 4 * 1024 * 1024;
constexpr int most_list_pages = 20;

/// A kind of thing that a repository has a list of.
struct Kind {
    std::string_view segment;     ///< of the path: keys, hooks
    std::string_view name;        ///< for people
    std::string_view permission;  ///< that a token needs
};
constexpr Kind deploy_keys{"keys", "deploy key", "Administration: write"};
constexpr Kind webhooks{"hooks", "webhook", "Webhooks: write"};

Result<Json> list_in(std::string_view body) {
    auto list = Json::parse(bounded_json(body), nullptr, false);
    if (!list.is_array()) return fail(ErrorCode::protocol, "the answer is not a list", {}, true);
    return list;
}

/// Returns kind and bytes of a key, without its comment: GitHub keeps none.
std::string_view without_comment(std::string_view key) {
    key = trimmed(key);
    const auto kind = key.find(' ');
    return kind == std::string_view::npos ? key : key.substr(0, key.find(' ', kind + 1));
}

Error refusal(const http::Response& response, const Kind& kind) {
    return rest_error(response, kind.permission, system_clock().now());
}

class Repository {
public:
    Repository(const Registrar& registrar, const Kind& kind) : registrar_(registrar), kind_(kind) {}

    /// Returns true if any page of the list contains it.
    template <class Lists>
    Result<bool> has(const Lists& lists) {
        for (int page = 1; page <= most_list_pages; ++page) {
            const auto answer =
                TRY(ask(page == 1 ? "?per_page=100" : fmt::format("?per_page=100&page={}", page)));
            if (answer.status != 200) return fail(refusal(answer, kind_));
            if (TRY(lists(answer.body))) return true;
            if (!names_next_page(answer)) return false;
        }
        return false;
    }

    /// Deletes the objects whose numbers `find` returns for each page. Returns false if there are
    /// none.
    template <class Find>
    Result<bool> remove(const Find& find) {
        std::vector<std::int64_t> numbers;
        const auto gather = [&](std::string_view body) -> Result<bool> {
            const auto more = TRY(find(body));
            numbers.insert(numbers.end(), more.begin(), more.end());
            return false;
        };
        (void)TRY(has(gather));
        for (const auto number : numbers) {
            const auto answer = TRY(ask(fmt::format("/{}", number), {.deletes = true}));
            if (answer.status != 204) return fail(refusal(answer, kind_));
        }
        return !numbers.empty();
    }

    Result<Registered> add(const Json& thing) {
        const auto answer =
            TRY(ask("", {.body = thing.dump(-1, ' ', false, Json::error_handler_t::replace)}));
        if (answer.status != 201) return fail(refusal(answer, kind_));
        return Registered::now;
    }

private:
    [[nodiscard]] std::string url(const std::string& rest) const {
        return fmt::format("{}{}/{}{}", registrar_.repository.api,
                           repository_path(registrar_.repository, number_), kind_.segment, rest);
    }
    /// Requests a renamed repository by its number, on the same server.
    Result<http::Response> ask(const std::string& rest, const http::Request& request = {}) {
        auto answer = TRY(send(rest, request));
        if (!http::is_redirect(answer.status) || number_) return answer;
        const auto move = read_move(answer, url(rest));
        if (!move) return answer;
        number_ = move->repository_id;
        return send(rest, request);
    }
    /// `content`: with a body or `deletes`.
    Result<http::Response> send(const std::string& rest, http::Request content) {
        auto request = api_request(url(rest), registrar_.token, registrar_.ca_file);
        request.headers.emplace_back("Content-Type: application/json");
        request.deletes = content.deletes;
        request.body = std::move(content.body);
        request.limits.body = largest_list_page;
        return http::fetch(registrar_.client, std::move(request));
    }
    const Registrar& registrar_;
    const Kind& kind_;
    std::optional<std::int64_t> number_;
};

/// The `id` of each object in the list that is meant.
template <class Meant>
Result<std::vector<std::int64_t>> numbers_in(std::string_view body, const Meant& meant) {
    std::vector<std::int64_t> numbers;
    for (const auto& thing : TRY(list_in(body))) {
        if (!thing.is_object() || !meant(thing)) continue;
        const auto id = thing.find("id");
        if (id != thing.end() && id->is_number_integer())
            numbers.push_back(id->template get<std::int64_t>());
    }
    return numbers;
}

std::string settings_page(const GitHubRepository& repository, std::string_view page) {
    return fmt::format("{}/{}/settings/{}", repository.web, repository.slug(), page);
}

}  // namespace

Result<bool> lists_key(std::string_view body, std::string_view public_key) {
    const auto list = TRY(list_in(body));
    return std::any_of(list.begin(), list.end(), [&](const Json& key) {
        return without_comment(text_in(key, "key")) == without_comment(public_key);
    });
}

Result<std::vector<std::int64_t>> keys_like(std::string_view body, std::string_view public_key) {
    return numbers_in(body, [&](const Json& key) {
        return without_comment(text_in(key, "key")) == without_comment(public_key);
    });
}

Result<std::vector<std::int64_t>> webhooks_for(std::string_view body, std::string_view url) {
    return numbers_in(body, [&](const Json& hook) {
        return text_in(hook.value("config", Json{}), "url") == url;
    });
}

Result<bool> lists_webhook(std::string_view body, std::string_view url) {
    for (const auto& hook : TRY(list_in(body))) {
        const auto config = hook.is_object() ? hook.value("config", Json{}) : Json{};
        if (text_in(config, "url") != url) continue;
        const auto events = hook.value("events", Json::array());
        const auto active = hook.find("active");
        const bool off = active != hook.end() && *active == false;
        const bool pushes = std::any_of(events.begin(), events.end(), [](const Json& event) {
            return event == "push" || event == "*";
        });
        if (!off && pushes && text_in(config, "content_type") == "json") return true;
        return fail(ErrorCode::refused,
                    "a webhook for that URL exists, but it is inactive, sends no pushes, or does "
                    "not send JSON",
                    "Change the webhook on GitHub.");
    }
    return false;
}

Result<Registered> register_deploy_key(const Registrar& registrar, const std::string& title,
                                       std::string_view public_key) {
    const auto intent = fmt::format("add the deploy key to {}", registrar.repository.slug());
    Repository repository{registrar, deploy_keys};
    const auto listed = [&](std::string_view body) { return lists_key(body, public_key); };
    if (TRY_WITHIN(intent, repository.has(listed))) return Registered::before;
    return TRY_WITHIN(intent, repository.add({{"title", printable(title, 100)},
                                              {"key", std::string{trimmed(public_key)}},
                                              {"read_only", true}}));
}

Result<Registered> register_webhook(const Registrar& registrar, const std::string& url,
                                    const Secret& secret) {
    const auto intent = fmt::format("add the webhook to {}", registrar.repository.slug());
    Repository repository{registrar, webhooks};
    const auto listed = [&](std::string_view body) { return lists_webhook(body, url); };
    if (TRY_WITHIN(intent, repository.has(listed))) return Registered::before;
    return TRY_WITHIN(intent, repository.add({{"name", "web"},
                                              {"active", true},
                                              {"events", {"push"}},
                                              {"config",
                                               {{"url", url},
                                                {"content_type", "json"},
                                                {"secret", secret.reveal()},
                                                {"insecure_ssl", "0"}}}}));
}

Result<bool> unregister_deploy_key(const Registrar& registrar, std::string_view public_key) {
    Repository repository{registrar, deploy_keys};
    return TRY_WITHIN(
        fmt::format("delete the deploy key of {}", registrar.repository.slug()),
        repository.remove([&](std::string_view body) { return keys_like(body, public_key); }));
}

Result<bool> unregister_webhook(const Registrar& registrar, std::string_view url) {
    Repository repository{registrar, webhooks};
    return TRY_WITHIN(
        fmt::format("delete the webhook of {}", registrar.repository.slug()),
        repository.remove([&](std::string_view body) { return webhooks_for(body, url); }));
}

std::string deploy_keys_page(const GitHubRepository& repository) {
    return settings_page(repository, "keys");
}

std::string deploy_key_page(const GitHubRepository& repository) {
    return settings_page(repository, "keys/new");
}

std::string webhook_page(const GitHubRepository& repository) {
    return settings_page(repository, "hooks/new");
}

std::string webhooks_page(const GitHubRepository& repository) {
    return settings_page(repository, "hooks");
}

}  // namespace inhaul::forge
