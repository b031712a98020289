// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/public_keys.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/hmac.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::public_keys {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest = 4 * 1024 * 1024;

/// Returns the next string of the SSH wire format (RFC 4251, section 5).
std::optional<std::string_view> take_string(std::string_view& bytes) {
    constexpr std::size_t prefix = 4;
    if (bytes.size() < prefix) return std::nullopt;
    std::size_t size = 0;
    for (std::size_t i = 0; i < prefix; ++i)
        size = size << 8U | static_cast<unsigned char>(bytes[i]);
    bytes.remove_prefix(prefix);
    if (bytes.size() < size) return std::nullopt;
    const auto text = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return text;
}

bool is_key_type(std::string_view word) {
    return word.starts_with("ssh-") || word.starts_with("ecdsa-sha2-") || word.starts_with("sk-");
}

/// A key that was cut off lacks a part.
bool is_whole_key(std::string_view type, std::string_view base64) {
    const auto decoded = from_base64(base64);
    if (!decoded) return false;
    std::string_view bytes{*decoded};
    if (take_string(bytes) != type) return false;
    // A certificate also has numbers.
    if (type.find("-cert-v") != std::string_view::npos) return !bytes.empty();
    if (bytes.empty()) return false;
    while (!bytes.empty())
        if (!take_string(bytes)) return false;
    return true;
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    constexpr std::string_view white{" \t\r"};
    for (auto at = line.find_first_not_of(white); at != std::string_view::npos;
         at = line.find_first_not_of(white, at)) {
        const auto end = std::min(line.find_first_of(white, at), line.size());
        words.push_back(line.substr(at, end - at));
        at = end;
    }
    return words;
}

/// Returns true if a whole key follows this number of words or more. An option in quotes may
/// contain spaces.
bool has_key(std::string_view line, std::size_t words_before) {
    const auto words = words_of(line);
    for (auto i = words_before; i + 1 < words.size(); ++i)
        if (is_key_type(words[i])) return is_whole_key(words[i], words[i + 1]);
    return false;
}

tl::unexpected<Error> damaged(const fs::path& file, std::string_view what, std::string hint) {
    return fail(ErrorCode::configuration, fmt::format("{} {}", printable(file.string()), what),
                std::move(hint));
}

/// Returns the number of lines with a key.
Result<std::size_t> check_lines(const fs::path& file, std::string_view content,
                                std::size_t words_before, const std::string& hint) {
    std::size_t keys = 0;
    std::size_t number = 0;
    for (const auto line : lines_of(content)) {
        ++number;
        const auto text = trimmed(line);
        if (text.empty() || text.starts_with('#')) continue;
        if (!has_key(text, words_before))
            return damaged(file, fmt::format("contains no whole public key in line {}", number),
                           hint);
        ++keys;
    }
    return keys;
}

Result<std::string> content_of(const fs::path& file, const std::string& hint) {
    auto content = file::read(file, largest);
    if (!content && content.error().code == ErrorCode::not_found) content.error().hint = hint;
    auto text = TRY(std::move(content));
    if (trimmed(text).empty()) return damaged(file, "is empty", hint);
    return text;
}

}  // namespace

Result<void> check_signers(const fs::path& file) {
    const auto hint = fmt::format("To add a signer, run: echo \"NAME $(cat KEY.pub)\" >> {}",
                                  shell_word(file.string()));
    const auto content = TRY(content_of(file, hint));
    if (TRY(check_lines(file, content, 1, hint)) == 0)
        return damaged(file, "contains no public key", hint);
    return {};
}

Result<void> check_revoked(const fs::path& file) {
    const auto hint =
        fmt::format("Restore the list.\nOr, if no key is revoked, run: echo '# none' > {}",
                    shell_word(file.string()));
    const auto content = TRY(content_of(file, hint));
    constexpr std::string_view revocation_list{"SSHKRL\n\0", 8};
    if (content.starts_with(revocation_list)) return {};
    (void)TRY(check_lines(file, content, 0, hint));
    return {};
}

std::string export_openpgp_hint(const fs::path& file) {
    return fmt::format("To export the key of a signer, run: gpg --export SIGNER > {}",
                       shell_word(file.string()));
}

Result<void> check_openpgp(const fs::path& file) {
    const auto hint = export_openpgp_hint(file);
    const auto content = TRY(content_of(file, hint));
    constexpr std::string_view block{"PGP PUBLIC KEY BLOCK-----"};
    const auto begin = content.find("-----BEGIN " + std::string{block});
    const bool armored = begin != std::string::npos &&
                         content.find("-----END " + std::string{block}, begin) != std::string::npos;
    // RFC 4880, section 4.2: a public key is a packet with tag 6, in the old or the new format.
    const auto first = static_cast<unsigned char>(content.front());
    const bool binary = (first & 0xfcU) == 0x98U || first == 0xc6U;
    if (!armored && !binary) return damaged(file, "contains no whole public key", hint);
    return {};
}

}  // namespace inhaul::public_keys
