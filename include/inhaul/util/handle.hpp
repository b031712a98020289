// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

namespace inhaul {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const noexcept {
        release(object);
    }
};

/// Owns an object of a C library, with the function that frees it.
template <class T, auto release>
using Handle = std::unique_ptr<T, Release<release>>;

}  // namespace inhaul
