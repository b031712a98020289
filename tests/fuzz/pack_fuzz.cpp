// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include <openssl/evp.h>

#include "objects.hpp"

// The input is an object, and after its first line feed a delta against it. A pack with both is
// read as if from a server.

using namespace inhaul;

namespace {

constexpr std::size_t largest = 1 << 20;

void append(std::string& bytes, std::uint32_t number) {
    for (const unsigned shift : {24U, 16U, 8U, 0U})
        bytes += static_cast<char>(number >> shift & 0xffU);
}

/// Returns zlib's format without compression; at most 65535 bytes.
std::string stored(std::string_view content) {
    const auto size = static_cast<unsigned>(content.size());
    std::string bytes{"\x78\x01\x01"};
    for (const unsigned half : {size, ~size})
        bytes.append({static_cast<char>(half & 0xffU), static_cast<char>(half >> 8U & 0xffU)});
    bytes += content;
    std::uint32_t low = 1;
    std::uint32_t high = 0;
    for (const char c : content) {
        low = (low + static_cast<unsigned char>(c)) % 65521;
        high = (high + low) % 65521;
    }
    append(bytes, high << 16U | low);
    return bytes;
}

std::string header(unsigned type, std::size_t size) {
    std::string bytes;
    auto byte = static_cast<unsigned>(type << 4U | (size & 0xfU));
    for (size >>= 4U; size > 0; size >>= 7U) {
        bytes += static_cast<char>(byte | 0x80U);
        byte = static_cast<unsigned>(size & 0x7fU);
    }
    return bytes + static_cast<char>(byte);
}

/// Returns the offset of the base; see gitformat-pack(5).
std::string offset(std::size_t distance) {
    std::string bytes(1, static_cast<char>(distance & 0x7fU));
    while ((distance >>= 7U) > 0) {
        --distance;
        bytes.insert(bytes.begin(), static_cast<char>(0x80U | (distance & 0x7fU)));
    }
    return bytes;
}

std::string pack_of(std::string_view base, std::string_view delta) {
    std::string pack{"PACK"};
    append(pack, 2);
    append(pack, 2);
    const auto first = header(GIT_OBJECT_BLOB, base.size()) + stored(base);
    pack +=
        first + header(GIT_OBJECT_OFS_DELTA, delta.size()) + offset(first.size()) + stored(delta);
    std::string digest(20, '\0');
    unsigned size = 0;
    EVP_Digest(pack.data(), pack.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
               EVP_sha1(), nullptr);
    return pack + digest;
}

std::optional<std::uint64_t> take_size(std::string_view& delta) {
    std::uint64_t size = 0;
    for (unsigned shift = 0; !delta.empty() && shift < 64; shift += 7) {
        const auto byte = fuzz::take_byte(delta);
        size |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
        if ((byte & 0x80U) == 0) return size;
    }
    return std::nullopt;
}

std::uint64_t take_number(std::string_view& delta, unsigned which, unsigned bytes) {
    std::uint64_t number = 0;
    for (unsigned i = 0; i < bytes; ++i)
        if ((which >> i & 1U) != 0)
            number |= static_cast<std::uint64_t>(fuzz::take_byte(delta)) << 8U * i;
    return number;
}

/// Applies a delta as in gitformat-pack(5). Returns nothing for an invalid one.
std::optional<std::string> applied(std::string_view base, std::string_view delta) {
    const auto from = take_size(delta);
    const auto to = take_size(delta);
    if (!from || !to || *from != base.size() || *to > largest) return std::nullopt;
    std::string made;
    while (!delta.empty() && made.size() <= *to) {
        const auto act = fuzz::take_byte(delta);
        if (act == 0) return std::nullopt;
        if ((act & 0x80U) == 0) {
            if (delta.size() < act) return std::nullopt;
            made += delta.substr(0, act);
            delta.remove_prefix(act);
            continue;
        }
        const auto at = take_number(delta, act & 0xfU, 4);
        auto size = take_number(delta, act >> 4U & 0x7U, 3);
        if (size == 0) size = 0x10000;
        if (at > base.size() || size > base.size() - at) return std::nullopt;
        made += base.substr(at, size);
    }
    return made.size() == *to ? std::optional{made} : std::nullopt;
}

/// Indexes the pack with libgit2. Returns nothing if libgit2 refuses it.
bool is_indexed(const std::string& pack, const std::filesystem::path& directory) {
    git_indexer_options options{};
    git_indexer_options_init(&options, GIT_INDEXER_OPTIONS_VERSION);
    git_indexer* raw = nullptr;
    const auto place = directory.string();
    fuzz::require(git_indexer_new(&raw, place.c_str(), 0, nullptr, &options) == 0,
                  "a pack can be begun");
    const Handle<git_indexer, git_indexer_free> indexer{raw};
    git_indexer_progress progress{};
    return git_indexer_append(raw, pack.data(), pack.size(), &progress) == 0 &&
           git_indexer_commit(raw, &progress) == 0;
}

std::string content_of(git_odb* objects, const git_oid& id) {
    git_odb_object* raw = nullptr;
    fuzz::require(git_odb_read(&raw, objects, &id) == 0, "an indexed object can be read");
    const Handle<git_odb_object, git_odb_object_free> object{raw};
    return {static_cast<const char*>(git_odb_object_data(raw)), git_odb_object_size(raw)};
}

}  // namespace

void fuzz::run(std::string_view input) {
    require(git::initialise().has_value(), "libgit2 can be used");
    const auto base = take_line(input);
    if (base.empty() || base.size() > 60'000 || input.size() > 60'000) return;
    const auto made = applied(base, input);
    const test::TemporaryDirectory scratch{quick_place()};
    const auto packs = scratch.path / "pack";
    std::filesystem::create_directory(packs);
    const bool indexed = is_indexed(pack_of(base, input), packs);
    require(!indexed || made.has_value(), "an invalid delta is refused");
    if (!indexed) return;
    git_odb* raw = nullptr;
    require(git_odb_open(&raw, scratch.path.c_str()) == 0, "the pack can be opened");
    const Handle<git_odb, git_odb_free> objects{raw};
    for (const auto& content : {std::string{base}, *made}) {
        git_oid id{};
        git_odb_hash(&id, content.data(), content.size(), GIT_OBJECT_BLOB);
        require(content_of(raw, id) == content,
                "a delta gives the result that git's format defines");
    }
}
