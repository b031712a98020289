// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <inhaul/config/config.hpp>
#include <inhaul/util/clock.hpp>

namespace inhaul::cli {

/// Compares the settings that the agent has read with the files.
class ReadSettings {
public:
    explicit ReadSettings(std::filesystem::path directory) : directory_(std::move(directory)) {}

    /// Remembers these as the settings that the agent uses.
    void remember(const config::Loaded& loaded);
    /// True if the files differ from the remembered settings. Checks the files at most once a
    /// second, and reads them only if one was touched.
    [[nodiscard]] bool changed();

private:
    /// Changes with each write to the file.
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
    Stamps checked_;
    Hashes remembered_;
    bool changed_ = false;
    SteadyPoint next_check_ = {};
};

}  // namespace inhaul::cli
