// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/temporary_directory.hpp"

#include "reading.hpp"

namespace inhaul::test {

/// A directory with files, removed at the end.
struct Host {
    /// The path of a file with this content and mode.
    fs::path file(const fs::path& name, const std::string& content, unsigned mode = 0600) const {
        const auto path = root / name;
        fs::create_directories(path.parent_path());
        std::ofstream{path} << content;
        fs::permissions(path, fs::perms{mode});
        return path;
    }
    /// `text` with the name of this directory as ROOT.
    [[nodiscard]] std::string shortened(std::string text) const {
        for (auto at = text.find(root.string()); at != std::string::npos;
             at = text.find(root.string()))
            text.replace(at, root.string().size(), "ROOT");
        return text;
    }

    TemporaryDirectory directory;
    fs::path root = directory.path;
};

}  // namespace inhaul::test
