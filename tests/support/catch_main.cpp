// SPDX-License-Identifier: Apache-2.0
// The main function of all test programs, compiled once.

/// LeakSanitizer, if present, calls this. libgit2 before 1.8 leaks each regular expression that
/// does not match, also in git_remote_lookup(). inhaul itself does not use PCRE.
extern "C" const char* __lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)
const char* __lsan_default_suppressions() {            // NOLINT(bugprone-reserved-identifier)
    return "leak:libpcre2\n";
}

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <cstdlib>

int main(int argc, char** argv) {
    // Of a developer who uses sudo: hints depend on it.
    ::unsetenv("SUDO_USER");
    return Catch::Session().run(argc, argv);
}
