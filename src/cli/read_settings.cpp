// SPDX-License-Identifier: Apache-2.0
#include "read_settings.hpp"

#include <algorithm>

#include <sys/stat.h>

namespace inhaul::cli {

namespace fs = std::filesystem;

void ReadSettings::remember(const config::Loaded& loaded) {
    remembered_ = hashes_of(loaded);
    checked_ = stamps();
    changed_ = false;
}

bool ReadSettings::changed() {
    const auto now = system_clock().steady();
    if (now < next_check_) return changed_;
    next_check_ = now + Seconds{1};
    auto current = stamps();
    if (current == checked_) return changed_;
    checked_ = std::move(current);
    changed_ = hashes_of(config::load(directory_)) != remembered_;
    return changed_;
}

ReadSettings::Stamps ReadSettings::stamps() const {
    Stamps found;
    std::error_code error;
    for (fs::directory_iterator entry{directory_, error}, end; !error && entry != end;
         entry.increment(error)) {
        struct ::stat info {};
        if (entry->path().extension() != ".toml" || ::stat(entry->path().c_str(), &info) != 0)
            continue;
        found.push_back({entry->path(), info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ino});
    }
    std::sort(found.begin(), found.end(),
              [](const Stamp& a, const Stamp& b) { return a.file < b.file; });
    return found;
}

ReadSettings::Hashes ReadSettings::hashes_of(const config::Loaded& loaded) {
    Hashes hashes;
    for (const auto& settings : loaded.apps)
        hashes.push_back(settings.app.text() + " " + settings.hash);
    hashes.push_back(loaded.account ? loaded.account->hash : "wrong");
    return hashes;
}

}  // namespace inhaul::cli
