// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "support/standin.hpp"
#include "support/tls.hpp"

/// The servers of git_servers.py for C++ tests. The test's target defines
/// INHAUL_TEST_PYTHON and INHAUL_TEST_SUPPORT.
namespace inhaul::test {

class GitServer {
public:
    /// `kind` is ssh or https. `root` is the directory of bare repositories.
    GitServer(const std::string& kind, const fs::path& root, std::vector<std::string> more = {})
        : child_(start(kind, root, std::move(more))), printed_(json::parse(first_line(child_))) {}

    /// Returns a value that the server printed at its start. For keys, such as "keys/ed25519".
    [[nodiscard]] std::string operator[](const std::string& name) const {
        return printed_.at(json::json_pointer{"/" + name}).get<std::string>();
    }
    [[nodiscard]] std::string url(const std::string& repository) const {
        return (*this)["url"] + repository;
    }

private:
    process::Child start(const std::string& kind, const fs::path& root,
                         std::vector<std::string> more) const {
        forget_environment();
        std::vector<std::string> argv{INHAUL_TEST_PYTHON,
                                      INHAUL_TEST_SUPPORT "/git_servers.py",
                                      kind,
                                      "--no-stdin",
                                      "--root",
                                      root.string(),
                                      "--scratch",
                                      scratch_.path.string()};
        argv.insert(argv.end(), more.begin(), more.end());
        auto child = process::Child::spawn({.argv = std::move(argv), .capture_stdout = true});
        if (!child) throw std::runtime_error(child.error().message);
        return std::move(*child);
    }

    TemporaryDirectory scratch_;
    process::Child child_;
    json printed_;
};

}  // namespace inhaul::test
