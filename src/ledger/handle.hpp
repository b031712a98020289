#pragma once

#include <memory>

#include <sqlite3.h>

namespace inhaul::ledger {

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

using StatementHandle = Handle<sqlite3_stmt, sqlite3_finalize>;
using DatabaseHandle = Handle<sqlite3, sqlite3_close_v2>;

}  // namespace inhaul::ledger
