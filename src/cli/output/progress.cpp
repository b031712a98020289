// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace inhaul::cli {

ProgressLine::ProgressLine()
    : terminal_(::isatty(STDERR_FILENO) == 1), next_(system_clock().steady() + Seconds{1}) {}

ProgressLine::~ProgressLine() {
    if (shown_) std::fputs("\r\033[K", stderr);
}

void ProgressLine::show(const git::Progress& now) {
    if (!terminal_ || now.objects_total == 0) return;
    const auto time = system_clock().steady();
    if (time < next_) return;
    next_ = time + Milliseconds{200};
    shown_ = true;
    fmt::print(stderr, "\rfetching: {}% of {} objects, {:.1f} MB\033[K",
               now.objects_received * 100 / now.objects_total, now.objects_total,
               static_cast<double>(now.bytes_received) / 1e6);
}

}  // namespace inhaul::cli
