// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/git/repository.hpp>
#include <inhaul/util/clock.hpp>

namespace inhaul::cli {

/// One line on a terminal with the progress of a fetch that takes longer than a second. Prints
/// nothing if standard error is no terminal.
class ProgressLine {
public:
    ProgressLine();
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(const git::Progress& now);

private:
    bool terminal_;
    bool shown_ = false;
    SteadyPoint next_;
};

}  // namespace inhaul::cli
