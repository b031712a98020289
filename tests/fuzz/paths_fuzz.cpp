// SPDX-License-Identifier: Apache-2.0
#include <inhaul/model.hpp>
#include <inhaul/util/text.hpp>

#include <git/checkout/safe_path.hpp>
#include <git/releases/release_name.hpp>

#include "fuzzing.hpp"

// The input is a path in a commit, or the name of an app, branch, commit or release.

using namespace inhaul;

namespace {

bool is_safe(std::string_view path, bool is_link = false) {
    const auto why = git::unsafe_path(path, is_link);
    if (why) fuzz::require_readable(*why);
    return !why;
}

void check_path(std::string_view path) {
    if (!is_safe(path))
        return fuzz::require(!is_safe(path, true),
                             "a path that is refused is refused for a link too");
    fuzz::require(fuzz::stays_below(path), "an accepted path stays below the directory");
    fuzz::require(path.size() < 4096, "a path is no longer than the system takes");
    for (auto rest = path; !rest.empty();) {
        const auto part = lower_case(fuzz::take_until(rest, '/'));
        fuzz::require(part != ".git" && part != "git~1", "a path does not lead into .git");
        fuzz::require(part.size() <= 255, "a part is no longer than the system takes");
        const auto above = path.substr(0, path.size() - rest.size());
        fuzz::require(rest.empty() || is_safe(above.substr(0, above.size() - 1)),
                      "the directories of a path are accepted as well");
    }
}

void check_names(std::string_view text) {
    if (const auto app = AppName::parse(text)) {
        fuzz::require(app->text() == text, "an app's name is kept as it is");
        fuzz::require(is_safe(text) && text.find('/') == std::string_view::npos,
                      "an app's name is a valid file name");
        fuzz::require(!fuzz::has_control_character(text) && text.size() <= 64,
                      "an app's name is printable and short");
    }
    if (const auto branch = BranchName::parse(text)) {
        fuzz::require(branch->ref() == "refs/heads/" + std::string{text}, "a branch has its ref");
        fuzz::require(!fuzz::has_control_character(text) && !text.starts_with('-') &&
                          text.find("..") == std::string_view::npos && fuzz::stays_below(text),
                      "a branch's name is no option, and stays below refs/heads");
    }
    if (const auto commit = CommitId::parse(text))
        fuzz::require(commit->hex() == lower_case(text), "a commit ID is its digits");
    if (const auto release = git::release_name_from(text)) {
        fuzz::require(is_safe(release->text()), "a release's name is a valid directory name");
        fuzz::require(release->text() == text, "a release's name has only one form");
    }
}

}  // namespace

void fuzz::run(std::string_view input) {
    check_path(input);
    check_names(input);
    // Two accepted paths must form an accepted path.
    auto rest = input;
    const auto first = take_line(rest);
    if (is_safe(first) && is_safe(rest) && first.size() + rest.size() < 4000)
        require(is_safe(std::string{first} + "/" + std::string{rest}) ||
                    first.starts_with(".git.inhaul"),
                "safe paths are safe below one another");
}
