// SPDX-License-Identifier: Apache-2.0
#include "key_file.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <inhaul/util/text.hpp>

namespace inhaul::config {
namespace {

// PROTOCOL.key of OpenSSH. Its reader requires the first line at the very beginning, and a line end
// after the last line.
constexpr std::string_view first_line{"-----BEGIN OPENSSH PRIVATE KEY-----\n"};
constexpr std::string_view last_line{"\n-----END OPENSSH PRIVATE KEY-----\n"};

std::string_view without_end_of_line(std::string_view line) {
    return line.substr(0, line.size() - 1);
}

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

bool begins_with_one_of(std::string_view text, const auto& marks) {
    return std::any_of(marks.begin(), marks.end(),
                       [&](std::string_view mark) { return text.starts_with(mark); });
}

bool is_base64_or_line_end(char c) {
    return is_alphanumeric(c) || c == '+' || c == '/' || c == '=' || c == '\n';
}

}  // namespace

std::optional<KeyFault> not_private_key(std::string_view content, const std::string& file) {
    constexpr std::array public_keys{"ssh-",
                                     "ecdsa-sha2-",
                                     "sk-",
                                     "---- BEGIN SSH2 PUBLIC KEY",
                                     "-----BEGIN PUBLIC KEY",
                                     "-----BEGIN RSA PUBLIC KEY"};
    constexpr auto then_set = "\nThen set auth.ssh_key to the new file.";
    constexpr auto other_file = "Set it to the private key: the same file without .pub.";
    const auto text = trimmed(content);
    const auto line = text.substr(0, text.find('\n'));
    if (begins_with_one_of(text, public_keys) && has(line, "-cert-v0"))
        return KeyFault{"is the certificate of a key",
                        "Set it to the private key: the same file without -cert.pub."};
    if (begins_with_one_of(text, public_keys)) return KeyFault{"is a public key", other_file};
    if (text.starts_with("-----BEGIN CERTIFICATE"))
        return KeyFault{
            "is a certificate, not an SSH key",
            fmt::format("To generate a key, run: ssh-keygen -t ed25519 -N '' -f {}.key{}", file,
                        then_set)};
    if (text.starts_with("PuTTY-User-Key-File-"))
        return KeyFault{
            "is a PuTTY key, which ssh does not read",
            fmt::format("To convert it, run: puttygen {0} -O private-openssh -o {0}.key{1}", file,
                        then_set)};
    if (text.starts_with("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY"))
        return KeyFault{
            "is a key in the SSH2 format, which OpenSSH does not read",
            fmt::format("To convert it, run: (umask 077; ssh-keygen -i -f {0} > {0}.key){1}", file,
                        then_set)};
    return std::nullopt;
}

bool is_private_key(std::string_view content) {
    return has(content, "-----BEGIN ") && has(content, "PRIVATE KEY-----");
}

std::optional<KeyFault> damaged_key(std::string_view content, const std::string& file) {
    if (!has(content, "-----END "))
        return KeyFault{"is incomplete: its last line is missing", "Copy the whole key again."};
    if (!has(content, without_end_of_line(first_line))) return std::nullopt;
    if (has(content, "\r"))
        return KeyFault{"has Windows line ends, which ssh does not read",
                        fmt::format("Run: sed -i 's/\\r$//' {}", file)};
    if (!content.starts_with(without_end_of_line(first_line)))
        return KeyFault{"has text or a space before its first line",
                        "Begin the file with -----BEGIN OPENSSH PRIVATE KEY-----."};
    if (content.ends_with(without_end_of_line(last_line)))
        return KeyFault{"has no line end after its last line, so ssh does not read it",
                        fmt::format("Run: echo >> {}", file)};
    const auto end = content.find(last_line);
    const auto body = end == std::string_view::npos || !content.starts_with(first_line)
                          ? std::string_view{" "}
                          : content.substr(first_line.size(), end - first_line.size());
    if (!std::all_of(body.begin(), body.end(), is_base64_or_line_end))
        return KeyFault{"has lines that ssh-keygen did not write",
                        "Copy the whole key again, line by line."};
    return std::nullopt;
}

/// OpenSSH's own format has the cipher after the name "openssh-key-v1", so that every unencrypted
/// key begins alike (cipher "none"). The old formats contain the word ENCRYPTED.
bool is_encrypted(std::string_view key) {
    if (has(key, without_end_of_line(first_line)))
        return !has(key, "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU");
    return has(key, "ENCRYPTED");
}

}  // namespace inhaul::config
