#include <inhaul/util/secret.hpp>

#include <array>
#include <utility>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <inhaul/util/hmac.hpp>

namespace inhaul {
namespace {

/// Up to the capacity: of a short string that was moved or swapped, the bytes stay behind its end.
void wipe(std::string& bytes) {
    bytes.resize(bytes.capacity());
    OPENSSL_cleanse(bytes.data(), bytes.size());
    bytes.clear();
}

}  // namespace

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {
    wipe(other.bytes_);
}

Secret& Secret::operator=(Secret other) noexcept {
    wipe(bytes_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

Secret::~Secret() {
    wipe(bytes_);
}

std::string Secret::fingerprint() const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(bytes_.data(), bytes_.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::string hex;
    for (std::size_t i = 0; i < 6; ++i)
        hex += fmt::format("{:02x}", digest[i]);
    return hex;
}

Result<Secret> fresh_secret() {
    Digest bytes{};
    if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        return fail(ErrorCode::internal, "make a secret: OpenSSL has no random bytes");
    return Secret{to_hex(bytes)};
}

std::string redact(std::string text, const Secret& secret) {
    if (secret.empty()) return text;
    for (auto at = text.find(secret.reveal()); at != std::string::npos;
         at = text.find(secret.reveal(), at + 3))
        text.replace(at, secret.reveal().size(), "***");
    return text;
}

}  // namespace inhaul
