// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace inhaul::test {

/// Sets an environment variable, or removes it, until the end of the test.
struct Variable {
    Variable(const char* variable, const char* value) : name(variable) {
        if (const char* const now = std::getenv(name)) before = now;
        set(value);
    }
    ~Variable() { set(before ? before->c_str() : nullptr); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

    void set(const char* value) const {
        if (value != nullptr)
            ::setenv(name, value, 1);
        else
            ::unsetenv(name);
    }
    const char* name;
    std::optional<std::string> before;
};

}  // namespace inhaul::test
