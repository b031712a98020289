// SPDX-License-Identifier: Apache-2.0
#include <cli/output/merge.hpp>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

namespace inhaul::cli {

TEST_CASE("tables of several accounts are merged, and each app gets its account") {
    const std::vector<AccountOutput> all{
        {"ada", "APP\tSTATE\nblog\tup-to-date\n\nblog: up to date\n  by timer\n"},
        {"scripts", "APP\tSTATE\nshop\tfailed\n\nshop: failed\n"}};
    CHECK(merged_text(all, std::nullopt, false) ==
          "APP\tSTATE\nada/blog\tup-to-date\nscripts/shop\tfailed\n\n"
          "ada/blog: up to date\n  by timer\nscripts/shop: failed\n");
    CHECK(merged_text(all, std::nullopt, true) ==
          "APP           STATE\nada/blog      up-to-date\nscripts/shop  failed\n\n"
          "ada/blog: up to date\n  by timer\nscripts/shop: failed\n");
}

TEST_CASE("merged histories are sorted and limited as a whole") {
    const std::vector<AccountOutput> all{
        {"ada", "#\tSTARTED\tAPP\n3\t2026-03-01 12:00:00\tblog\n1\t2026-01-01 12:00:00\tblog\n"},
        {"nobody", "nothing has been deployed yet\n"},
        {"scripts", "#\tSTARTED\tAPP\n-\t2026-02-01 12:00:00\tshop\n"}};
    CHECK(merged_text(all, 2, false) ==
          "#\tSTARTED\tAPP\nada/3\t2026-03-01 12:00:00\tada/blog\n"
          "-\t2026-02-01 12:00:00\tscripts/shop\n");
    CHECK(merged_text({all[1]}, 2, false) == "nothing has been deployed yet\n");
}

TEST_CASE("an account's output cannot control root's terminal") {
    const auto text = merged_text({{"eve", "APP\tSTATE\nx\t\x1b[2J\n\nx: \x1b[1m\n"}}, {}, true);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(merged_json({{"eve", "no JSON"}, {"eve", "[1]"}}, {}) == "{}\n");
}

TEST_CASE("merged JSON names the account of each element") {
    const auto text =
        merged_json({{"ada", R"({"healthy":true,"apps":[{"app":"blog"}]})"},
                     {"scripts", R"({"healthy":false,"apps":[{"app":"shop","account":"root"}]})"}},
                    std::nullopt);
    const auto merged = nlohmann::json::parse(text);
    CHECK(merged["healthy"] == false);
    CHECK(merged["apps"][0]["account"] == "ada");
    CHECK(merged["apps"].size() == 2);
    CHECK(merged["apps"][1]["account"] == "scripts");
}

TEST_CASE("deployments in merged JSON are sorted and limited as a whole") {
    const auto text = merged_json(
        {{"ada", R"({"deployments":[{"number":2,"started":"2026-03-01T12:00:00Z"},
                                    {"number":1,"started":"2026-01-01T12:00:00Z"}]})"},
         {"scripts", R"({"deployments":[{"number":7,"started":"2026-02-01T12:00:00Z"}]})"}},
        2);
    const auto merged = nlohmann::json::parse(text)["deployments"];
    REQUIRE(merged.size() == 2);
    CHECK(merged[0]["number"] == 2);
    CHECK(merged[1]["number"] == 7);
}

TEST_CASE("merged JSON ignores a value of another type than the first of its key") {
    const std::string list{R"({"ok":[{"app":"x"}],"orders":[]})"};
    const std::string flag{R"({"ok":true,"orders":true,"deployments":true})"};
    CHECK(cli::merged_json({{"ann", list}, {"bob", flag}}, 1).find("\"app\": \"x\"") !=
          std::string::npos);
    CHECK(cli::merged_json({{"bob", flag}, {"ann", list}}, 1).find("\"ok\": true") !=
          std::string::npos);
}

TEST_CASE("JSON values that are nested too deeply are left out", "[long]") {
    constexpr std::size_t depth = 100'000;
    const auto deep = std::string(depth, '[') + std::string(depth, ']');
    const auto merged = inhaul::cli::merged_json(
        {{"ada", R"({"ok":true,"apps":[{"app":"shop","x":)" + deep + "}]}"}}, std::nullopt);
    CHECK(merged.size() < 4096);
    CHECK(merged.find("shop") != std::string::npos);
}

TEST_CASE("merged tables of different widths get the width of the last") {
    const auto narrow = std::string{"APP\tSTARTED\nshop\t2026\n"};
    const auto wide = std::string{"APP\tA\tB\tC\tSTARTED\nmail\t1\t2\t3\t2025\n"};
    for (const auto& [first, last] : {std::pair{narrow, wide}, std::pair{wide, narrow}}) {
        const auto merged =
            inhaul::cli::merged_text({{"ada", first}, {"bob", last}}, std::nullopt, false);
        CHECK(merged.find("ada/") != std::string::npos);
        CHECK(merged.find("bob/") != std::string::npos);
    }
}

TEST_CASE("the limit is read from the options") {
    CHECK(limit_in({"--json", "--limit=7"}) == 7);
    CHECK_FALSE(limit_in({"--json"}));
}

}  // namespace inhaul::cli
