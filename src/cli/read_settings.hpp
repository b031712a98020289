#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <inhaul/config/config.hpp>
#include <inhaul/util/clock.hpp>

namespace inhaul::cli {

/// The settings as the agent has read them, beside what the files say now.
class ReadSettings {
public:
    explicit ReadSettings(std::filesystem::path directory) : directory_(std::move(directory)) {}

    /// These are the ones that the agent works with from now on.
    void took(const config::Loaded& loaded);
    /// Whether the files say something else now. They are looked at once a second at most, and read
    /// only when one of them was touched.
    [[nodiscard]] bool changed();

private:
    /// What changes when somebody writes a file.
    struct Stamp {
        std::filesystem::path file;
        std::int64_t seconds;
        std::int64_t nanoseconds;
        std::uint64_t inode;
        bool operator==(const Stamp&) const = default;
    };
    using Stamps = std::vector<Stamp>;
    using Hashes = std::vector<std::string>;
    [[nodiscard]] Stamps stamps() const;
    [[nodiscard]] static Hashes hashes_of(const config::Loaded& loaded);

    std::filesystem::path directory_;
    Stamps looked_at_;
    Hashes taken_;
    bool changed_ = false;
    SteadyPoint next_look_ = {};
};

}  // namespace inhaul::cli
