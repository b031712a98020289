// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <inhaul/forge/github.hpp>

#include "request.hpp"
#include "support/catch.hpp"

using namespace inhaul;
using forge::head_request;
using forge::read_move;
using test::settings;

namespace {

bool holds(const std::vector<std::string>& lines, const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
}

http::Response redirect_to(const std::string& location) {
    return {.status = 301, .headers = {{"location", location}}};
}

const std::string requested = "https://api.github.com/repos/octo/app/commits/heads%2Fmain";

}  // namespace

TEST_CASE("the request for a head names one ref, with the known commit as the entity tag") {
    const auto app = settings("feature/caf\xC3\xA9");
    const auto request = head_request({app, test::commit(test::known_hex), {}}, Secret{"t0ken"});
    CHECK(request.url ==
          "https://api.github.com/repos/octo/app/commits/heads%2Ffeature%2Fcaf%C3%A9");
    CHECK(holds(request.headers, "Accept: application/vnd.github.sha"));
    CHECK(holds(request.headers, "X-GitHub-Api-Version: 2022-11-28"));
    CHECK(holds(request.headers, "If-None-Match: \"" + test::known_hex + "\""));
    REQUIRE(request.bearer);
    CHECK(request.bearer->reveal() == "t0ken");
}

TEST_CASE("a first request has no condition, and an anonymous one has no token") {
    const auto app = settings();
    const auto request = head_request({app, {}, {}}, {});
    CHECK_FALSE(request.bearer);
    CHECK(std::none_of(request.headers.begin(), request.headers.end(), [](const auto& line) {
        return line.starts_with("If-None-Match") || line.starts_with("Authorization");
    }));
}

TEST_CASE("a repository with a known number is requested by its number") {
    const auto app = settings("main", "https://git.example/api/v3");
    CHECK(head_request({app, {}, 1296269}, {}).url ==
          "https://git.example/api/v3/repositories/1296269/commits/heads%2Fmain");
}

TEST_CASE("the authority file of the settings goes with the request") {
    auto app = settings();
    app.ca_file = "/etc/ssl/own.pem";
    CHECK(head_request({app, {}, {}}, {}).ca_file == "/etc/ssl/own.pem");
}

TEST_CASE("a redirect to the repository's number on the same host is a move") {
    for (const auto* location :
         {"https://api.github.com/repositories/42/commits/heads%2Fmain",
          "https://api.github.com/repositories/42", "https://API.github.com:443/repositories/42",
          "/repositories/42/commits/heads%2Fmain"}) {
        CAPTURE(location);
        const auto move = read_move(redirect_to(location), requested);
        REQUIRE(move);
        CHECK(move->repository_id == 42);
        CHECK(http::origin_of(move->url) == http::origin_of(requested));
    }
}

TEST_CASE("a move keeps to the base of an Enterprise server's API") {
    const std::string url = "https://git.example/api/v3/repos/octo/app/commits/heads%2Fmain";
    CHECK(read_move(redirect_to("https://git.example/api/v3/repositories/7"), url));
    CHECK_FALSE(read_move(redirect_to("https://git.example/repositories/7"), url));
}

TEST_CASE("an owner named like a part of the API's path is harmless") {
    const std::string url = "https://api.github.com/repos/repos/repositories/commits/heads%2Fmain";
    CHECK(read_move(redirect_to("https://api.github.com/repositories/7"), url));
}

TEST_CASE("a redirect to another address is not followed") {
    for (const auto* location :
         {"https://evil.example/repositories/42", "http://api.github.com/repositories/42",
          "https://api.github.com:8443/repositories/42", "//evil.example/repositories/42",
          "https://api.github.com@evil.example/repositories/42", "https://api.github.com/login",
          "https://api.github.com/repositories/", "https://api.github.com/repositories/x",
          "https://api.github.com/repositories/-42", "https://api.github.com/repositories/0",
          "https://api.github.com/repositories/42x",
          "https://api.github.com/repositories/99999999999999999999", "repositories/42",
          "/x://y/repositories/42", "https://api.github.com/repositories/42/\n", ""}) {
        CAPTURE(location);
        CHECK_FALSE(read_move(redirect_to(location), requested));
    }
    CHECK_FALSE(read_move({.status = 301}, requested));
}
