#pragma once

#include <inhaul/git/repository.hpp>
#include <inhaul/util/clock.hpp>

namespace inhaul::cli {

/// One line on a terminal that follows a fetch once it has taken a second; nothing elsewhere.
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
