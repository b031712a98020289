// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/secret.hpp>

#include <array>
#include <mutex>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <inhaul/util/hmac.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul {
/// The bytes never move, so that one wipe is enough.
struct Secret::Bytes {
    explicit Bytes(std::string text) : text_(std::move(text)) { wipe(text); }
    Bytes(const Bytes&) = delete;
    Bytes& operator=(const Bytes&) = delete;
    ~Bytes() { wipe(text_); }

    std::string text_;
};

/// Wipes up to the capacity: a moved or swapped short string keeps its old bytes behind its end.
void wipe(std::string& bytes) noexcept {
    bytes.resize(bytes.capacity());
    OPENSSL_cleanse(bytes.data(), bytes.size());
    bytes.clear();
}

std::vector<std::weak_ptr<const Secret::Bytes>>& Secret::known() {
    static std::vector<std::weak_ptr<const Bytes>> all;
    return all;
}

Secret::Secret(std::string bytes) {
    static std::mutex one_at_a_time;
    const std::lock_guard lock{one_at_a_time};
    auto& all = known();
    std::erase_if(all, [](const auto& other) { return other.expired(); });
    for (const auto& other : all)
        if (auto held = other.lock(); held && held->text_ == bytes) bytes_ = std::move(held);
    if (!bytes_) {
        bytes_ = std::make_shared<const Bytes>(std::move(bytes));
        all.push_back(bytes_);
    }
    wipe(bytes);
}

const std::string& Secret::reveal() const {
    static const std::string none;
    return bytes_ ? bytes_->text_ : none;
}

std::string Secret::fingerprint() const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(reveal().data(), reveal().size(), digest.data(), &size, EVP_sha256(), nullptr);
    return to_hex({reinterpret_cast<const char*>(digest.data()), 6});
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
