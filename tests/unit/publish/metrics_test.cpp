// SPDX-License-Identifier: Apache-2.0
#include <inhaul/publish/metrics.hpp>

#include <map>
#include <set>

#include <inhaul/util/text.hpp>

#include "sample.hpp"
#include "support/catch.hpp"

namespace inhaul::test {
namespace {

/// The lines of comments, which must be the same everywhere.
std::string headings(const std::string& text) {
    std::string found;
    for (const auto line : lines_of(text))
        if (line.starts_with('#')) found += std::string{line} + "\n";
    return found;
}

bool has_line(const std::string& text, std::string_view wanted) {
    for (const auto line : lines_of(text))
        if (line == wanted) return true;
    return false;
}

}  // namespace

TEST_CASE("each series has its account, and labels are escaped") {
    const auto text = publish::metrics(hostile());
    CHECK(text.ends_with('\n'));
    for (const auto line : lines_of(text))
        if (!line.empty() && !line.starts_with('#'))
            CHECK(line.find("{account=\"scripts\"") != std::string_view::npos);
    CHECK(text.find(R"(repository="ada/\"shop\"\\\\x0a</td>")") != std::string::npos);
    CHECK(has_line(text, R"(inhaul_app_state{account="scripts",app="shop",state="failed"} 1)"));
    CHECK(has_line(text, R"(inhaul_app_state{account="scripts",app="shop",state="paused"} 0)"));
    CHECK(has_line(text, R"(inhaul_in_sync{account="scripts",app="shop"} 0)"));
    CHECK(has_line(
        text,
        R"(inhaul_polls_total{account="scripts",app="shop",result="unchanged"} 1000000000000)"));
    CHECK(has_line(
        text,
        R"(inhaul_forge_last_answer_timestamp_seconds{account="scripts",app="shop"} 1767323045.500)"));
}

TEST_CASE("every result is counted from zero, and the histogram is cumulative") {
    const auto text = publish::metrics(hostile());
    CHECK(has_line(text,
                   R"(inhaul_deployments_total{account="scripts",app="shop",result="refused"} 0)"));
    const std::string name = "inhaul_deployment_duration_seconds";
    CHECK(has_line(text, name + R"(_bucket{account="scripts",app="shop",le="5"} 3)"));
    CHECK(has_line(text, name + R"(_bucket{account="scripts",app="shop",le="+Inf"} 4)"));
    CHECK(has_line(text, name + R"(_sum{account="scripts",app="shop"} 12.345)"));
    CHECK(has_line(text, name + R"(_count{account="scripts",app="shop"} 4)"));
}

TEST_CASE("each target of notifications has a series for each result") {
    auto overview = hostile();
    overview.notifications = {{"shop/ops", 3, 1, 0}};
    const auto text = publish::metrics(overview);
    const std::string name = R"(inhaul_notifications_total{account="scripts",target="shop/ops",)";
    CHECK(has_line(text, name + R"(result="sent"} 3)"));
    CHECK(has_line(text, name + R"(result="failed"} 1)"));
    CHECK(has_line(text, name + R"(result="expired"} 0)"));
}

TEST_CASE("the headings do not depend on the apps") {
    auto other = hostile();
    other.apps.clear();
    CHECK(headings(publish::metrics(hostile())) == headings(publish::metrics(other)));
}

TEST_CASE("no series occurs twice, and no line has a time") {
    std::set<std::string> seen;
    const auto text = publish::metrics(hostile());
    for (const auto line : lines_of(text)) {
        if (line.empty() || line.starts_with('#')) continue;
        const auto end = line.rfind("} ");
        REQUIRE(end != std::string_view::npos);
        CHECK(seen.insert(std::string{line.substr(0, end)}).second);
        CHECK(line.find(' ', end + 2) == std::string_view::npos);
    }
}

TEST_CASE("the texts of several accounts become one, with each family once") {
    auto other = hostile();
    other.account = "ada";
    const auto merged = publish::merged_metrics(
        {publish::metrics(hostile()), publish::metrics(other), "", "no metrics"});
    CHECK(headings(merged) == headings(publish::metrics(hostile())));
    std::map<std::string, int> counted;
    std::string family;
    for (const auto line : lines_of(merged)) {
        if (line.starts_with("# HELP ")) {
            family = std::string{line.substr(7, line.find(' ', 7) - 7)};
            CHECK(++counted[family] == 1);
        } else if (!line.empty() && !line.starts_with('#')) {
            CHECK(line.starts_with(family));
        }
    }
    CHECK(has_line(merged, R"(inhaul_up{account="ada"} 1)"));
    CHECK(has_line(merged, R"(inhaul_up{account="scripts"} 1)"));
}

}  // namespace inhaul::test
