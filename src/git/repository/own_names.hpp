// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// Files in a git directory that mark an unfinished change. The next start finishes or repeats it.
namespace inhaul::git::marks {

inline constexpr const char* working = "inhaul.working";    ///< anything; the repository is checked
inline constexpr const char* stamping = "inhaul.stamping";  ///< the stamp
inline constexpr const char* linking = "inhaul.linking";    ///< a `.git` file

}  // namespace inhaul::git::marks

/// The refs that inhaul writes in the app's repository.
namespace inhaul::git::own_refs {

/// The heads and commits that were fetched. Any name below may be a branch's.
inline constexpr std::string_view fetched{"refs/inhaul/"};
[[nodiscard]] inline std::string fetched_as(std::string_view name) {
    return std::string{fetched}.append(name);
}

/// Local commits of users, which nothing else refers to. No fetched branch is written there.
inline constexpr std::string_view saved{"refs/inhaul-saved/"};
/// Where earlier builds saved them. Branches named `saved/…` are fetched there too.
inline constexpr std::string_view saved_before{"refs/inhaul/saved/"};
[[nodiscard]] inline std::string saved_as(std::string_view commit) {
    return std::string{saved}.append(commit);
}

/// The last deployed commit. This ref keeps it when the branch is rewritten.
inline constexpr const char* live = "refs/inhaul-live";
/// The target of a switch that has not ended.
inline constexpr const char* switching = "refs/inhaul-switching";

}  // namespace inhaul::git::own_refs
