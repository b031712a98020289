// SPDX-License-Identifier: Apache-2.0
#include "setup/channel_answer.hpp"

#include "support/catch.hpp"

namespace inhaul::test {
namespace {

const std::string relay{"https://relay.example"};

Result<std::string> redirected_to(const std::string& location) {
    return setup::channel_in({.status = 307, .headers = {{"location", location}}}, relay);
}
Result<std::string> answered(const std::string& body, int status = 200) {
    return setup::channel_in({.status = status, .body = body}, relay);
}

}  // namespace

TEST_CASE("a channel of smee is the target of its redirect") {
    CHECK(redirected_to("/Xk2vLq8wZr4TnB6c") == relay + "/Xk2vLq8wZr4TnB6c");
    CHECK(redirected_to(relay + "/x") == relay + "/x");
}

TEST_CASE("a channel of gosmee is the end of the URL in the body") {
    CHECK(answered("http://10.0.0.7:3333/Xk2vLq8wZr4TnB6c\n") == relay + "/Xk2vLq8wZr4TnB6c");
    CHECK_FALSE(answered("http://10.0.0.7:3333/Xk2vLq8wZr4TnB6c", 404));
    CHECK_FALSE(answered("http://10.0.0.7:3333/short"));
    CHECK_FALSE(answered("http://10.0.0.7:3333/Xk2vLq8wZr4Tn'B6c"));
    CHECK_FALSE(answered("Xk2vLq8wZr4TnB6c"));
}

TEST_CASE("a redirect that is no valid relay.url is not a channel") {
    for (const auto* const location :
         {"", "/", "//other.example/x", "https://other.example/x", "https://relay.example",
          "https://relay.example/", "https://user@relay.example/x", "http://relay.example/x",
          "https://relay.example/x#y", "https://relay.example/x'y", "/x\x1b[2J",
          "/x\xe2\x80\xaemoc"}) {
        CAPTURE(location);
        const auto channel = redirected_to(location);
        REQUIRE_FALSE(channel);
        CHECK(channel.error().message == "status 307 without a channel");
    }
}

}  // namespace inhaul::test
