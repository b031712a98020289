// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/log.hpp>

#include "support/catch.hpp"

namespace inhaul::log {
namespace {

std::string line(std::string_view sentence, Fields fields) {
    return format_line({Level::info, sentence, fields});
}

}  // namespace

TEST_CASE("a line has a sentence and its fields, quoted if needed") {
    CHECK(line("deployed", {{"app", "shop"}, {"commit", "3f2a9c1"}}) ==
          "deployed app=shop commit=3f2a9c1");
    CHECK(line("x", {{"why", "two words"}}) == "x why=\"two words\"");
    CHECK(line("x", {{"why", "a=\"b\""}}) == "x why=\"a=\\\"b\\\"\"");
    CHECK(line("x", {{"empty", ""}}) == "x");
}

TEST_CASE("text of a server or a commit cannot begin a log line") {
    CHECK(line("said\nx", {{"it", "a\nerror: b"}}) == "said\\x0ax it=\"a\\x0aerror: b\"");
}

TEST_CASE("quotes and backslashes in a value cannot end it and begin a field") {
    CHECK(line("x", {{"why", R"(a\" app=other)"}}) == R"(x why="a\\\" app=other")");
    CHECK(line("x", {{"why", R"(a\x1b)"}}) != line("x", {{"why", "a\x1b"}}));
    // A cut within an escape does not affect the closing quote.
    const auto cut = line("x", {{"why", "y" + std::string(5000, '"')}});
    CHECK(cut.ends_with("\"\\…\""));
}

TEST_CASE("the sink gets events of the level and above") {
    std::vector<std::string> seen;
    set_sink([&](const Event& event) { seen.push_back(format_line(event)); });
    debug("no");
    info("yes");
    set_level(Level::warning);
    info("no");
    problem(Level::error, "deploy", Error{ErrorCode::io, "it broke", "Fix it."}, {{"app", "x"}});
    set_level(Level::info);
    set_sink([](const Event&) {});
    CHECK(seen == std::vector<std::string>{"yes", "deploy: it broke. Fix it. app=x"});
}

}  // namespace inhaul::log
