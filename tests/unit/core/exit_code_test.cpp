// SPDX-License-Identifier: Apache-2.0
#include <inhaul/exit_code.hpp>

#include "support/catch.hpp"

namespace inhaul {

TEST_CASE("an error's exit status shows whether a retry makes sense") {
    const auto code = [](ErrorCode kind, bool transient) {
        return exit_code_for(Error{kind, "x", {}, transient});
    };
    CHECK(code(ErrorCode::network, true) == ExitCode::try_later);
    CHECK(code(ErrorCode::failed, false) == ExitCode::failed);
    CHECK(code(ErrorCode::usage, false) == ExitCode::usage);
    CHECK(code(ErrorCode::refused, false) == ExitCode::refused);
    CHECK(code(ErrorCode::locked, true) == ExitCode::locked);
    CHECK(code(ErrorCode::configuration, false) == ExitCode::configuration);
}

TEST_CASE("the more severe of two exit statuses wins in either order") {
    CHECK(more_severe(ExitCode::done, ExitCode::try_later) == ExitCode::try_later);
    CHECK(more_severe(ExitCode::failed, ExitCode::try_later) == ExitCode::failed);
    CHECK(more_severe(ExitCode::try_later, ExitCode::failed) == ExitCode::failed);
    CHECK(more_severe(ExitCode::configuration, ExitCode::failed) == ExitCode::configuration);
    CHECK(more_severe(ExitCode::done, ExitCode::done) == ExitCode::done);
}

}  // namespace inhaul
