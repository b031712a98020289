// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/hmac.hpp>

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <inhaul/util/text.hpp>

namespace inhaul {
namespace {

std::optional<unsigned> hex_value(char c) {
    constexpr std::string_view digits{"0123456789abcdef"};
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    const auto at = digits.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    return static_cast<unsigned>(at);
}

bool is_base64(char c) {
    return is_alphanumeric(c) || c == '+' || c == '/';
}

}  // namespace

Digest hmac_sha256(const Secret& key, std::string_view data) {
    Digest digest{};
    unsigned size = 0;
    HMAC(EVP_sha256(), key.reveal().data(), static_cast<int>(key.reveal().size()),
         reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest.data(), &size);
    return digest;
}

bool equal_in_constant_time(const Digest& one, const Digest& other) {
    return CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::optional<Digest> digest_from_hex(std::string_view hex) {
    Digest digest{};
    if (hex.size() != 2 * digest.size()) return std::nullopt;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const auto high = hex_value(hex[2 * i]);
        const auto low = hex_value(hex[2 * i + 1]);
        if (!high || !low) return std::nullopt;
        digest[i] = static_cast<unsigned char>(*high << 4U | *low);
    }
    return digest;
}

std::string to_hex(const Digest& digest) {
    return to_hex(std::string_view{reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string to_base64(std::string_view bytes) {
    constexpr std::string_view digits{
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"};
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto part = bytes.substr(at, 3);
        unsigned value = 0;
        for (std::size_t i = 0; i < 3; ++i)
            value = value << 8U | (i < part.size() ? static_cast<unsigned char>(part[i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            text += i <= part.size() ? digits[value >> (18 - 6 * i) & 0x3fU] : '=';
    }
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
    const auto digits = text.substr(0, text.size() - padding);
    if (text.size() % 4 != 0 || !std::all_of(digits.begin(), digits.end(), is_base64))
        return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    bytes.resize(bytes.size() - padding);
    return bytes;
}

}  // namespace inhaul
