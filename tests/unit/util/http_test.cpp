// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/http.hpp>

#include "support/catch.hpp"

using namespace inhaul;
using http::Origin;
using http::origin_of;
using http::percent_encode;

namespace {

/// Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's examples.
constexpr TimePoint rfc_date{Seconds{784'111'777}};

/// Returns the wait by a Retry-After of a server that sends no Date.
std::optional<Seconds> wait_of(const std::string& value, TimePoint now) {
    return http::retry_after({.status = 429, .headers = {{"retry-after", value}}}, now);
}

}  // namespace

TEST_CASE("Retry-After in seconds is that many seconds") {
    CHECK(wait_of("120", rfc_date) == Seconds{120});
    CHECK(wait_of(" 0 ", rfc_date) == Seconds{0});
}

TEST_CASE("Retry-After as a date is the time from now to the date, in each of its three forms") {
    const auto now = rfc_date - Seconds{90};
    CHECK(wait_of("Sun, 06 Nov 1994 08:49:37 GMT", now) == Seconds{90});
    CHECK(wait_of("Sunday, 06-Nov-94 08:49:37 GMT", now) == Seconds{90});
    CHECK(wait_of("Sun Nov  6 08:49:37 1994", now) == Seconds{90});
}

TEST_CASE("a date after January 2038 is read on every architecture") {
    CHECK(http::parse_date("Fri, 01 Jan 2100 00:00:00 GMT") == TimePoint{Seconds{4'102'444'800}});
    CHECK(http::parse_date("Fri, 31 Dec 9999 23:59:59 GMT") == TimePoint{Seconds{253'402'300'799}});
}

TEST_CASE("a fraction of a second is rounded up, so that no retry is too early") {
    CHECK(wait_of("Sun, 06 Nov 1994 08:49:37 GMT", rfc_date - Milliseconds{1'001}) == Seconds{2});
}

TEST_CASE("a date in the past is a wait of zero") {
    CHECK(wait_of("Sun, 06 Nov 1994 08:49:37 GMT", rfc_date + Seconds{5}) == Seconds{0});
}

TEST_CASE("a huge number is limited and does not overflow") {
    for (const auto* const value : {"86401", "18446744073709551615", "99999999999999999999999999"})
        CHECK(wait_of(value, rfc_date) == http::longest_server_wait);
}

TEST_CASE("a huge date is limited or ignored") {
    CHECK(wait_of("Fri, 31 Dec 9999 23:59:59 GMT", rfc_date) == http::longest_server_wait);
    CHECK_FALSE(wait_of("Fri, 31 Dec 999995000 23:59 GMT", rfc_date));
}

TEST_CASE("text that is neither seconds nor a date is ignored") {
    for (const auto* text : {"", " ", "-5", "+5", "5.0", "5s", "soon", "0x10", "1994-11-06", "Sun",
                             "20:30", "Sun, 99 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49:37 GMT+1"}) {
        CAPTURE(text);
        CHECK_FALSE(wait_of(text, rfc_date));
    }
}

TEST_CASE("percent encoding leaves only RFC 3986's unreserved characters") {
    CHECK(percent_encode("Az09-._~") == "Az09-._~");
    CHECK(percent_encode("feature/x y") == "feature%2Fx%20y");
    CHECK(percent_encode("a%2Fb") == "a%252Fb");
    CHECK(percent_encode("f\xC3\xBC?#&+\"") == "f%C3%BC%3F%23%26%2B%22");
    CHECK(percent_encode("") == "");
}

TEST_CASE("an origin is scheme, host and port, with the scheme's default port") {
    CHECK(origin_of("https://api.github.com/repos/o/r") == Origin{"https", "api.github.com", 443});
    CHECK(origin_of("http://127.0.0.1:8080") == Origin{"http", "127.0.0.1", 8080});
    CHECK(origin_of("HTTPS://API.GitHub.Com:443/") == origin_of("https://api.github.com"));
    CHECK(origin_of("https://[::1]:8443/x") == Origin{"https", "[::1]", 8443});
}

TEST_CASE("a host that only resembles another is another origin") {
    const auto github = origin_of("https://api.github.com/");
    for (const auto* url :
         {"https://api.github.com.evil.example/", "https://api.github.com@evil.example/",
          "https://api.github.com:444/", "http://api.github.com/", "https://github.com/",
          "https://evil.example/#https://api.github.com/"}) {
        CAPTURE(url);
        CHECK(origin_of(url) != github);
    }
}

TEST_CASE("text that is not a URL has no origin") {
    for (const auto* text : {"", "/repositories/1", "//evil.example/x", "api.github.com",
                             "https://", "ssh", "https://a b/", "https://x:99999/"}) {
        CAPTURE(text);
        CHECK_FALSE(origin_of(text));
    }
}

TEST_CASE("a header is found by its lower-case name, and the first of several counts") {
    const http::Response response{.headers = {{"etag", "\"a\""}, {"etag", "\"b\""}}};
    CHECK(response.header("etag") == "\"a\"");
    CHECK_FALSE(response.header("location"));
}

TEST_CASE("the wait of a response is by the server's clock, and at most a day") {
    const auto wait = [](std::string value, std::string date = {}) {
        http::Response response{.status = 429, .headers = {{"retry-after", std::move(value)}}};
        if (!date.empty()) response.headers.emplace_back("date", std::move(date));
        return http::retry_after(response, rfc_date);
    };
    CHECK(wait("120") == Seconds{120});
    CHECK(wait("99999999999999999999") == Seconds{86'400});
    CHECK_FALSE(wait("soon"));
    CHECK_FALSE(http::retry_after({.status = 429}, rfc_date));
    CHECK(wait("Sun, 06 Nov 1994 08:50:37 GMT") == Seconds{60});
    CHECK(wait("Sat, 01 Jan 2000 00:01:00 GMT", "Sat, 01 Jan 2000 00:00:00 GMT") == Seconds{60});
    CHECK(wait("Sat, 01 Jan 2000 00:00:00 GMT", "Sun, 02 Jan 2000 00:00:00 GMT") ==
          Seconds{86'400});
}
