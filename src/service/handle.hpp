#pragma once

#include <cstdlib>
#include <memory>

namespace inhaul::service {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const noexcept {
        release(object);
    }
};
/// A C library's object with the function that frees it.
template <class T, auto release>
using Handle = std::unique_ptr<T, Release<release>>;

using CText = Handle<char, std::free>;

}  // namespace inhaul::service
