// SPDX-License-Identifier: Apache-2.0

#include <vector>

#include "support/catch.hpp"
#include "watch/sse.hpp"

namespace inhaul::watch {
namespace {

using Found = std::vector<std::string>;

/// Returns `type|data|id` of each event, for a stream in pieces of this size.
Found events_of(std::string_view stream, std::size_t piece = 1'000'000,
                std::size_t most_bytes = 1'000'000) {
    EventParser parser{most_bytes};
    Found found;
    for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size())))
        parser.feed(stream.substr(0, piece), [&](const ServerEvent& event) {
            found.push_back(event.type + "|" + event.data + "|" + event.id);
        });
    return found;
}

}  // namespace

TEST_CASE("the streams of smee and gosmee are parsed") {
    CHECK(events_of("id: 0\nevent: ready\ndata: {}\n\n"
                    "id: 1\ndata: {\"body\":{}}\n\n"
                    "id: 38\nevent: ping\ndata: {}\n\n") ==
          Found{"ready|{}|0", "message|{\"body\":{}}|1", "ping|{}|38"});
    CHECK(events_of("data: {\"message\":\"connected\"}\n\n: keepalive\n\n"
                    "id: 17-0\ndata: {}\n\nevent: gosmee-gap\ndata: {}\n\n") ==
          Found{"message|{\"message\":\"connected\"}|", "message|{}|17-0", "gosmee-gap|{}|17-0"});
}

TEST_CASE("each rule of the standard holds, in any pieces of the stream") {
    struct Rule {
        const char* name;
        std::string stream;
        Found events;
    };
    const std::vector<Rule> rules{
        {"lines end with LF, CR or CRLF",
         "data: a\n\ndata: b\r\rdata: c\r\n\r\ndata: d\r\n\n",
         {"message|a|", "message|b|", "message|c|", "message|d|"}},
        {"several lines of data are joined", "data: a\ndata\ndata:b\n\n", {"message|a\n\nb|"}},
        {"one space goes, no more", "data:  a\n\n", {"message| a|"}},
        {"comments and unknown fields are skipped",
         ":x\nretry: 5\nfoo: bar\ndata: a\n\n",
         {"message|a|"}},
        {"no data, no event, and its name is forgotten", "event: x\n\ndata: a\n\n", {"message|a|"}},
        {"empty data is data", "data\n\ndata:\n\n", {"message||", "message||"}},
        {"a byte order mark may begin it",
         "\xEF\xBB\xBF"
         "data: a\n\n",
         {"message|a|"}},
        {"and nothing else",
         "data: a\n\n\xEF\xBB\xBF"
         "data: b\n\n",
         {"message|a|"}},
        {"an id holds until the next",
         "id: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
         {"message|a|7", "message|b|7", "message|c|"}},
        {"an id with a NUL is none", std::string{"id: a\0b\ndata: a\n\n", 17}, {"message|a|"}},
        {"an id or a type without an end says nothing",
         "id: 7\nid: " + std::string(129, 'x') + "\nevent: " + std::string(129, 'y') +
             "\ndata: a\n\n",
         {"message|a|7"}},
        {"what has no end yet is no event", "data: a\n", {}},
        {"bytes that are no UTF-8 pass", "data: \xff\xfe\n\n", {"message|\xff\xfe|"}},
    };
    for (const auto& rule : rules) {
        for (std::size_t piece = 1; piece <= rule.stream.size(); ++piece) {
            INFO(rule.name << ", pieces of " << piece);
            CHECK(events_of(rule.stream, piece) == rule.events);
        }
    }
}

TEST_CASE("a too large event is dropped, and the next one is parsed") {
    const auto large = "data: " + std::string(200, 'x') + "\nid: 1\ndata: more\n\n";
    for (const std::size_t piece : {1U, 7U, 1000U}) {
        INFO(piece);
        CHECK(events_of(large + "data: small\n\n", piece, 100) == Found{"message|small|1"});
    }
    EventParser parser{100};
    const auto ignore = [](const ServerEvent&) {};
    parser.feed(large, ignore);
    CHECK(parser.too_large() == 1);
    for (int line = 0; line < 50; ++line)
        parser.feed("data: three\n", ignore);
    parser.feed("\n", ignore);
    CHECK(parser.too_large() == 2);
}

}  // namespace inhaul::watch
