// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <malloc.h>
#include <openssl/crypto.h>

#include <inhaul/util/text.hpp>

#include "transfer.hpp"

namespace inhaul::http {
namespace {

/// The number of idle connections to keep.
constexpr long idle_connections = 8;
constexpr const char* system_authorities = "/etc/ssl/certs";

/// Returns true for the name of a hash link by c_rehash, such as 002c0b4f.0.
bool is_hash_link(std::string_view name) {
    return name.size() == 10 && name.ends_with(".0") && is_hex(name.substr(0, 8));
}

/// Wipes memory that libcurl frees: it may contain a token from a request or a header.
void free_wiped(void* memory) noexcept {
    if (memory != nullptr) OPENSSL_cleanse(memory, ::malloc_usable_size(memory));
    std::free(memory);
}

void* realloc_wiped(void* memory, std::size_t size) noexcept {
    if (memory == nullptr) return std::malloc(size);
    void* const moved = std::malloc(size);
    if (moved == nullptr) return nullptr;
    std::memcpy(moved, memory, std::min(size, ::malloc_usable_size(memory)));
    free_wiped(memory);
    return moved;
}

CURLcode initialise() {
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, std::malloc, free_wiped, realloc_wiped,
                                ::strdup, std::calloc);
}

}  // namespace

std::string hashed_authorities() {
    std::error_code error;
    std::filesystem::directory_iterator entry{system_authorities, error};
    for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error))
        if (is_hash_link(entry->path().filename().string())) return system_authorities;
    return {};
}

bool initialised() {
    static const auto result = initialise();
    return result == CURLE_OK;
}

Multi new_multi() {
    if (!initialised()) return {};
    Multi multi{curl_multi_init()};
    if (multi) curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, idle_connections);
    return multi;
}

}  // namespace inhaul::http
