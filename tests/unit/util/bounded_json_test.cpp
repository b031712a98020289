// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/bounded_json.hpp>
#include <inhaul/util/limits.hpp>

#include "support/catch.hpp"

namespace inhaul {

TEST_CASE("answers of a forge are within the bounds") {
    for (const std::string text : {"", "{}", R"({"a": [1, 2, {"b": "[[[,,,\\\"{{{"}]})", "null"})
        CHECK(bounded_json(text) == text);
    CHECK_FALSE(bounded_json('"' + std::string(2'000'000, ',') + '"').empty());
}

TEST_CASE("JSON that is too deep or has too many values is not read", "[long]") {
    const std::string deep(limits::json_depth, '[');
    CHECK(bounded_json(deep) == deep);
    CHECK(bounded_json(deep + "[").empty());
    CHECK(bounded_json(std::string(8'000'000, '[')).empty());
    CHECK(bounded_json(R"({"a":)" + std::string(limits::json_depth, '{')).empty());
    std::string many{"["};
    for (std::size_t i = 0; i < limits::json_values; ++i)
        many += "0,";
    CHECK(bounded_json(many + "0]").empty());
}

}  // namespace inhaul
