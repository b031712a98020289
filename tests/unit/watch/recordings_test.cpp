// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "watch/delivery.hpp"
#include "watch/push_event.hpp"
#include "watch/sse.hpp"

// Recorded output of the real programs: smee of 2025 and of 2024, and gosmee.

namespace inhaul::watch {
namespace {

std::string recorded(const std::string& name) {
    std::ifstream file{INHAUL_TEST_FIXTURES "/relay/" + name, std::ios::binary};
    REQUIRE(file);
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// Returns the body of an HTTP answer in chunks.
std::string body_of(const std::string& answer) {
    std::string body;
    for (auto at = answer.find("\r\n\r\n") + 4; at < answer.size();) {
        const auto line = answer.find("\r\n", at);
        const auto size = std::stoul(answer.substr(at, line - at), nullptr, 16);
        body += answer.substr(line + 2, size);
        at = line + 2 + size + 2;
    }
    return body;
}

struct Count {
    std::size_t events = 0;
    std::size_t deliveries = 0;
    std::size_t verified = 0;
    std::string last_id;
};

Count count(const std::string& stream, std::size_t piece) {
    static const std::vector<Secret> secrets{Secret{"It's a Secret to Everybody"}};
    EventParser parser{1'000'000};
    Count counted;
    for (std::size_t at = 0; at < stream.size(); at += piece)
        parser.feed(std::string_view{stream}.substr(at, piece), [&](const ServerEvent& event) {
            ++counted.events;
            counted.last_id = event.id;
            const auto delivery = read_delivery(event.data);
            if (!delivery) return;
            ++counted.deliveries;
            const auto body = verified_body(*delivery, secrets);
            if (!body) return;
            ++counted.verified;
            CHECK(read_push(*body).has_value() == (delivery->event == "push"));
        });
    return counted;
}

}  // namespace

TEST_CASE("recorded events of the relays are parsed, and verify if the bytes were kept", "[long]") {
    struct Recording {
        const char* name;
        std::size_t deliveries;
        std::size_t verified;
    };
    // Two of smee's eight events have signed bytes that JavaScript serialises differently.
    for (const auto& recording :
         {Recording{"smee.http", 8, 6}, Recording{"smee-express.http", 1, 1},
          Recording{"gosmee.http", 3, 3}}) {
        const auto stream = body_of(recorded(recording.name));
        for (const std::size_t piece : {1U, 13U, 4096U, 1'000'000U}) {
            INFO(recording.name << ", pieces of " << piece);
            const auto counted = count(stream, piece);
            CHECK(counted.deliveries == recording.deliveries);
            CHECK(counted.verified == recording.verified);
        }
    }
}

TEST_CASE("streams are parsed as by another parser of server-sent events", "[long]") {
    // Random streams with the events of npm's eventsource-parser 3.1.1: type and data of each.
    const auto cases = nlohmann::json::parse(recorded("server-sent-events.json"));
    REQUIRE(cases.size() == 400);
    for (const auto& each : cases) {
        const auto stream = each.at(0).get<std::string>();
        for (const std::size_t piece : {1U, 2U, 1'000'000U}) {
            EventParser parser{1'000'000};
            auto events = nlohmann::json::array();
            for (std::size_t at = 0; at < stream.size(); at += piece)
                parser.feed(std::string_view{stream}.substr(at, piece),
                            [&](const ServerEvent& event) {
                                events.push_back({event.type, event.data});
                            });
            INFO(each.at(0) << ", pieces of " << piece);
            CHECK(events == each.at(1));
        }
    }
}

TEST_CASE("the ids of a gosmee that keeps its events are parsed") {
    CHECK(count(recorded("gosmee-redis-fresh.sse"), 7).last_id == "1795397070799-0");
    CHECK(count(recorded("gosmee-redis-resume.sse"), 7).last_id == "1795397072112-0");
}

}  // namespace inhaul::watch
