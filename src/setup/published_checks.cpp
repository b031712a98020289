// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <inhaul/publish/metrics.hpp>
#include <inhaul/publish/page.hpp>
#include <inhaul/setup/doctor.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/sandbox.hpp>
#include <inhaul/util/text.hpp>

#include "findings.hpp"

namespace inhaul::setup {
namespace {

namespace fs = std::filesystem;

/// A file may be late, because only a poll wakes the agent. After failures, or for many apps
/// without a token, the next poll may be 15 minutes and more ahead.
constexpr Milliseconds delay{30 * 60'000};

/// Returns when the file was written. Empty if it does not exist.
std::optional<TimePoint> written(const fs::path& file) {
    struct ::stat info {};
    if (::stat(file.c_str(), &info) != 0) return std::nullopt;
    return from_unix_time(info.st_mtim.tv_sec);
}

Finding check(const std::string& what, const fs::path& file, Milliseconds interval,
              const Subject& subject) {
    const auto directory = file.parent_path().string();
    const auto account = account::current_name();
    struct ::stat info {};
    if (::stat(directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
        return bad(what,
                   fmt::format("{}: the directory {} does not exist", file.string(), directory),
                   fmt::format("Run: sudo install -d -o {} {}", account, shell_word(directory)));
    if (::access(directory.c_str(), W_OK | X_OK) != 0)
        return bad(what,
                   fmt::format("{}: {} cannot write to {}", file.string(), account, directory),
                   // Other programs may write there too: the owner stays.
                   fmt::format("Run: sudo setfacl -m u:{}:rwx {}\nThe package acl has setfacl.",
                               account, shell_word(directory)));
    const auto time = written(file);
    if (!subject.watched)
        return time ? good(what, file.string())
                    : skipped(what, file.string() + " has not been written yet");
    const auto age = time ? std::optional{subject.clock.now() - *time} : std::nullopt;
    const auto message = age ? fmt::format("written {} ago", format_age(*age))
                             : std::string{"the agent has not written it"};
    const auto& settings = subject.settings;
    const auto longest =
        std::max({interval, settings.poll_interval, settings.poll_interval_with_relay}) + delay;
    if (age && *age <= longest) return good(what, fmt::format("{}, {}", file.string(), message));
    return bad(what, fmt::format("{}: {}", file.string(), message),
               sandbox::allow_writing(edit_of_agent(settings.file), directory));
}

}  // namespace

Findings check_published_files(const Subject& subject) {
    Findings found;
    if (const auto& file = subject.metrics_file)
        found.push_back(check("metrics", *file, publish::metrics_interval, subject));
    if (const auto& file = subject.page_file)
        found.push_back(check("page", *file, publish::page_interval, subject));
    return found;
}

}  // namespace inhaul::setup
