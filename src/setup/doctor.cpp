// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/doctor.hpp>

#include <utility>

#include "findings.hpp"

namespace inhaul::setup {

std::string_view to_string(Finding::Status status) {
    switch (status) {
        case Finding::Status::good:
            return "good";
        case Finding::Status::bad:
            return "bad";
        case Finding::Status::skipped:
            break;
    }
    return "skipped";
}

Finding finding_of(config::Problem problem) {
    auto hint = std::exchange(problem.hint, {});
    return bad("settings", config::format(problem), std::move(hint));
}

void examine(const Subject& subject, const std::function<void(Finding)>& tell) {
    tell(good("settings", subject.settings.file.string()));
    for (const auto part : {check_forge, check_git, check_ci, check_reporting, check_relay,
                            check_directory, check_service, check_ledger, check_published_files})
        for (auto& finding : part(subject))
            tell(std::move(finding));
}

}  // namespace inhaul::setup
