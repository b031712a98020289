// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include <git/repository/packs.hpp>

#include "support/catch.hpp"

using namespace inhaul::git;

TEST_CASE("a big pack stays as it is, and small packs are merged") {
    std::vector<std::uint64_t> sizes(60, 1000);
    sizes.push_back(1'000'000);
    CHECK(count_to_merge(sizes) == 60);
}

TEST_CASE("merged packs are merged again after as much new data") {
    std::vector<std::uint64_t> sizes(50, 1000);
    sizes.push_back(50'000);
    CHECK(count_to_merge(sizes) == 51);
    sizes.back() = 101'000;
    CHECK(count_to_merge(sizes) == 50);
}

TEST_CASE("a small pack does not prevent merging many equal ones") {
    CHECK(count_to_merge({1, 10, 10, 10, 10}) == 5);
    CHECK(count_to_merge({1}) == 0);
    CHECK(count_to_merge({}) == 0);
}

TEST_CASE("ten thousand pushes leave few packs, and rewrite each object few times") {
    std::vector<std::uint64_t> packs{300'000'000};
    std::uint64_t pushed = 0;
    std::uint64_t written = 0;
    for (std::uint64_t push = 0; push < 10'000; ++push) {
        packs.push_back(2'000 + push % 7 * 900);
        pushed += packs.back();
        if (packs.size() <= most_packs) continue;
        std::sort(packs.begin(), packs.end());
        const auto end = packs.begin() + static_cast<std::ptrdiff_t>(count_to_merge(packs));
        const auto sum = std::accumulate(packs.begin(), end, std::uint64_t{0});
        packs.erase(packs.begin(), end);
        packs.push_back(sum);
        written += sum;
        REQUIRE(packs.size() <= most_packs / 2);
    }
    CHECK(written < 8 * pushed);
}
