// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/doctor.hpp>

#include <utility>

#include "findings.hpp"

namespace inhaul::setup {

std::string_view to_string(Finding::Verdict verdict) {
    switch (verdict) {
        case Finding::Verdict::good:
            return "good";
        case Finding::Verdict::bad:
            return "bad";
        case Finding::Verdict::skipped:
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
    for (const auto part :
         {of_the_forge, of_git, of_the_checks, of_the_reports, of_the_relay, of_the_directory,
          of_the_service, of_the_ledger, of_the_published_files})
        for (auto& finding : part(subject))
            tell(std::move(finding));
}

}  // namespace inhaul::setup
