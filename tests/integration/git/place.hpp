// SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define INHAUL_LEAKS_COUNT
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define INHAUL_LEAKS_COUNT
#endif
#endif
#if defined(INHAUL_LEAKS_COUNT)
#include <sanitizer/lsan_interface.h>
#endif

#include <inhaul/git/access.hpp>
#include <inhaul/git/repository.hpp>

#include "support/catch.hpp"
#include "support/git_fixture.hpp"

namespace inhaul::test {

inline const BranchName main_branch = BranchName::parse("main").value();
inline const git::OnProgress no_progress;

/// Returns the value of a Result; fails the test with the error's message if there is none.
template <class T>
T must(Result<T> result) {
    if (!result) FAIL(result.error().message);
    return take_value(std::move(result));
}

/// Returns the error of a Result; fails the test if there is none.
template <class T>
Error error_of(const Result<T>& result) {
    REQUIRE_FALSE(result);
    return result.error();
}

/// libgit2 1.5 does not free a reference whose object is unreadable (git_revparse_single, which its
/// own fetch calls too). While one of these exists, leaks are not counted.
struct LibraryMayLeak {
#if defined(INHAUL_LEAKS_COUNT)
    __lsan::ScopedDisabler disabler;
#endif
};

/// An upstream, and the path of its checkout, which does not exist yet.
struct Place {
    TemporaryDirectory temporary;
    Upstream upstream{temporary.path};
    fs::path directory = temporary.path / "checkout";
    fs::path patches = temporary.path / "patches";

    [[nodiscard]] git::Access access() const { return {.url = upstream.bare.string()}; }
    [[nodiscard]] std::unique_ptr<git::Repository> repository() const {
        return git::repository(directory, main_branch, access());
    }
    [[nodiscard]] std::unique_ptr<git::Repository> opened() const {
        auto made = repository();
        must(made->open());
        return made;
    }
    /// Deploys the branch's head to the directory, as a first deployment does.
    CommitId deploy() const {
        const auto checkout = opened();
        auto head = must(checkout->fetch(no_progress, std::nullopt));
        must(checkout->switch_to(head));
        return head;
    }
    std::string git(const std::vector<std::string>& words) const {
        return run_git(directory, words);
    }
};

}  // namespace inhaul::test
