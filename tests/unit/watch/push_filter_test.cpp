// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include <watch/push_filter.hpp>
#include "support/catch.hpp"
#include "support/samples.hpp"

namespace inhaul::watch {
namespace {

using Kind = Classified::Kind;

const Secret secret{"sesame"};

std::string push_body(const std::string& ref = "refs/heads/main",
                      const std::string& name = "octocat/shop", char after = 'b') {
    return "{\"ref\":\"" + ref + "\",\"before\":\"" + std::string(40, 'a') + "\",\"after\":\"" +
           std::string(40, after) + "\",\"repository\":{\"id\":7,\"full_name\":\"" + name + "\"}}";
}

Delivery delivered(const std::string& body, const std::string& event = "push",
                   const Secret& with = secret) {
    Delivery delivery{.event = event, .id = "an id", .signature = Signature::present};
    delivery.claimed = hmac_sha256(with, body);
    delivery.base64.reset();
    delivery.rawdata = body;
    return delivery;
}

struct FilterFixture {
    Settings settings = test::settings("shop");
    std::vector<Secret> secrets{secret};
    RepositoryIds ids = {};

    explicit FilterFixture(bool secured = true) {
        settings.relay = RelaySettings{.url = "https://smee.io/x"};
        if (secured) settings.relay->secret_files = {"/etc/inhaul/secret"};
    }
    [[nodiscard]] Classified classify(const Delivery& delivery) const {
        return watch::classify(delivery, settings, ids, secrets);
    }
};

}  // namespace

TEST_CASE("a signed push to the app's branch counts, and its signature identifies a repetition") {
    const FilterFixture ears;
    const auto classified = ears.classify(delivered(push_body()));
    CHECK(classified.kind == Kind::push);
    CHECK(classified.genuine);
    CHECK(classified.push->after == test::commit('b'));
    auto again = delivered(push_body());
    again.id = "another id";
    CHECK(ears.classify(again).key == classified.key);
    CHECK(ears.classify(delivered(push_body("refs/heads/main", "octocat/shop", 'c'))).key !=
          classified.key);
}

TEST_CASE("a push of a new or forced branch counts, with or without commits in the event") {
    const FilterFixture ears;
    const std::string zeros(40, '0');
    for (const std::string& more :
         {"'created':true,'before':'" + zeros + "',", std::string{"'forced':true,'commits':[],"},
          std::string{"'created':true,'forced':true,'commits':[],'head_commit':null,"}}) {
        auto body = "{" + more + push_body().substr(1);
        std::replace(body.begin(), body.end(), '\'', '"');
        const auto classified = ears.classify(delivered(body));
        INFO(more);
        CHECK(classified.kind == Kind::push);
        CHECK(classified.push->after == test::commit('b'));
    }
    auto created = push_body();
    created.replace(created.find(std::string(40, 'a')), 40, zeros);
    CHECK_FALSE(ears.classify(delivered(created)).push->before);
}

TEST_CASE("with a secret file only a signed push counts") {
    FilterFixture ears;
    CHECK(ears.classify(delivered(push_body(), "push", Secret{"guess"})).what == "wrong signature");
    for (const auto& [signature, word] : {std::pair{Signature::missing, "no signature"},
                                          {Signature::sha1_only, "only a SHA-1 signature"},
                                          {Signature::malformed, "malformed signature"}}) {
        auto delivery = delivered(push_body());
        delivery.signature = signature;
        CHECK(ears.classify(delivery).kind == Kind::refused);
        CHECK(ears.classify(delivery).what == word);
    }
    ears.secrets.clear();  // the file cannot be read
    CHECK(ears.classify(delivered(push_body())).what == "no secret to check with");
    CHECK(ears.classify(delivered("{}", "ping", Secret{""})).kind == Kind::refused);
}

TEST_CASE("without a secret file a push counts, but not as genuine") {
    const FilterFixture ears{false};
    auto delivery = delivered(push_body());
    delivery.signature = Signature::missing;
    const auto classified = ears.classify(delivery);
    CHECK(classified.kind == Kind::push);
    CHECK_FALSE(classified.genuine);
    CHECK(classified.key == "id an id");
    // Two pushes without an id are two pushes.
    delivery.id.clear();
    CHECK(ears.classify(delivery).key == "commit " + classified.push->after->hex());
}

TEST_CASE("events of another branch or repository are ignored") {
    const FilterFixture ears;
    const auto what = [&](const std::string& body, const std::string& event = "push") {
        return std::string{ears.classify(delivered(body, event)).what};
    };
    CHECK(what("{}", "ping") == "ping");
    CHECK(what("{}", "") == "not a push event");
    CHECK(what(push_body(), "create") == "not a push event");
    CHECK(what(push_body("refs/heads/main2")) == "another branch");
    CHECK(what(push_body("refs/tags/main")) == "another branch");
    CHECK(what(push_body("main")) == "another branch");
    CHECK(what(push_body("refs/heads/main", "octocat/shop2")) == "another repository");
    CHECK(what(push_body("refs/heads/main", "octocat/shop", '0')) == "the branch was deleted");
    CHECK(what("{\"ref\":1}") == "unreadable");
    CHECK(what("payload=%7B%7D") == "sent as a form");
}

TEST_CASE("a possibly genuine push that a relay has changed triggers a poll") {
    const FilterFixture ears;
    const auto doubtful = [&](const std::string& body, const std::string& event = "push") {
        const auto classified = ears.classify(delivered(body, event, Secret{"guess"}));
        CHECK(classified.kind == Kind::refused);
        CHECK_FALSE(classified.genuine);
        return classified.doubtful;
    };
    CHECK(doubtful(push_body()));
    CHECK(doubtful("what the relay made of it"));
    CHECK_FALSE(doubtful(push_body("refs/heads/other")));
    CHECK_FALSE(doubtful(push_body("refs/heads/main", "octocat/other")));
    CHECK_FALSE(doubtful(push_body(), "pull_request"));
    auto unsigned_push = delivered(push_body());
    unsigned_push.signature = Signature::missing;
    CHECK_FALSE(ears.classify(unsigned_push).doubtful);
    CHECK(ears.classify(delivered("payload=%7B%7D")).doubtful);  // signed, and sent as a form
}

TEST_CASE("the repository is identified by its name in any case, or by its number") {
    FilterFixture ears;
    CHECK(ears.classify(delivered(push_body("refs/heads/main", "OctoCat/Shop"))).kind ==
          Kind::push);
    ears.ids = {3, 7};
    CHECK(ears.classify(delivered(push_body("refs/heads/main", "octocat/renamed"))).kind ==
          Kind::push);
    ears.settings.github.reset();
    ears.ids.clear();
    for (const auto* const url : {"https://git.example.org/team/app.git", "/srv/git/team/app.git",
                                  "ssh://git@git.example.org/team/app/"}) {
        ears.settings.git_url = url;
        CHECK(ears.classify(delivered(push_body("refs/heads/main", "team/app"))).kind ==
              Kind::push);
        CHECK(ears.classify(delivered(push_body("refs/heads/main", "team/other"))).kind ==
              Kind::ignored);
    }
}

}  // namespace inhaul::watch
