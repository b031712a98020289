// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <chrono>
#include <semaphore>
#include <string_view>
#include <thread>

#include <inhaul/util/http.hpp>

#include "support/catch.hpp"
#include "support/standin.hpp"

using namespace inhaul;
using test::ContainsSubstring;

namespace {

/// A name server that answers for this name only when the test allows it.
constexpr std::string_view silent_name = "silent.example";
std::counting_semaphore<8> silence{0};
std::atomic<int> queries = 0;
std::atomic<int> left = 0;

}  // namespace

// libcurl calls this, because symbols of the program precede those of the C library.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** result) {
    if (name != nullptr && name == silent_name) {
        ++queries;
        silence.acquire();
        ++left;
        return EAI_AGAIN;
    }
    using Real = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    static const auto real = reinterpret_cast<Real>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return real(name, service, hints, result);
}

TEST_CASE("a silent name server ends the request at its limit and blocks nothing") {
    test::forget_environment();
    http::Client client{"inhaul-test/1"};
    const auto answer =
        fetch(client, {.url = "http://silent.example/", .limits = {.connect = Milliseconds{300}}});
    // The look-up still hangs: no caller waits for its end.
    REQUIRE(queries == 1);
    CHECK(left == 0);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::timeout);
    CHECK(answer.error().transient);
    CHECK(answer.error().message == "look up silent.example: timed out after 300 ms");
    silence.release();
    while (left == 0)
        std::this_thread::yield();
}

TEST_CASE("an unknown name is distinguished from a silent name server") {
    test::forget_environment();
    silence.release();
    http::Client client{"inhaul-test/1"};
    const auto answer = fetch(client, {.url = "https://silent.example/"});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::network);
    CHECK(answer.error().reason == ErrorReason::unknown_host);
    CHECK(answer.error().message == "look up silent.example: no address found");
}
