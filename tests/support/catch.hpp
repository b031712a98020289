// SPDX-License-Identifier: Apache-2.0
#pragma once

// Catch2 is 2.13 on Debian 12 and 3 on later releases: one name for both.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
namespace inhaul::test {
using Catch::Matchers::ContainsSubstring;
}
#else
#include <catch2/catch.hpp>
namespace inhaul::test {
inline auto ContainsSubstring(const std::string& text) {
    return Catch::Matchers::Contains(text);
}
}  // namespace inhaul::test
#endif

#include <inhaul/util/result.hpp>

/// A failed comparison of errors names both.
template <>
struct Catch::StringMaker<inhaul::Error> {
    static std::string convert(const inhaul::Error& error) {
        return std::string{inhaul::to_string(error.code)} + ": " + error.message +
               (error.hint.empty() ? "" : " [" + error.hint + "]") +
               (error.transient ? " (transient)" : "");
    }
};
