// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include <inhaul/config/config.hpp>
#include <inhaul/util/public_keys.hpp>
#include <inhaul/util/text.hpp>

#include <config/key_file.hpp>

#include "fuzzing.hpp"
#include "objects.hpp"

// The input is a file of an account: a private key, a list of public keys, or ~/.ssh/config. The
// first line is a host.

using namespace inhaul;

namespace {

struct Home {
    Home() { std::filesystem::create_directory(directory.path / ".ssh"); }
    void write(std::string_view content) const { std::ofstream{file} << content; }

    test::TemporaryDirectory directory{fuzz::quick_place()};
    std::filesystem::path file = directory.path / ".ssh/config";
};

void check_fault(const std::optional<config::KeyFault>& fault) {
    if (fault) fuzz::require_readable(Error{ErrorCode::configuration, fault->what, fault->hint});
}

void check_private_key(std::string_view content) {
    check_fault(config::not_private_key(content, "/etc/inhaul/shop.key"));
    const auto damage = config::damaged_key(content, "/etc/inhaul/shop.key");
    check_fault(damage);
    constexpr std::string_view first_line{"-----BEGIN OPENSSH PRIVATE KEY-----"};
    if (damage || content.find(first_line) == std::string_view::npos) return;
    fuzz::require(
        content.starts_with(first_line) &&
            content.find("\n-----END OPENSSH PRIVATE KEY-----\n") != std::string_view::npos,
        "a key without damage has its first and its last line");
    fuzz::require(!config::not_private_key(content, "x"), "a private key is no public key");
}

bool names_type(std::string_view content) {
    for (const auto* const type : {"ssh-", "ecdsa-sha2-", "sk-"})
        if (content.find(type) != std::string_view::npos) return true;
    return false;
}

void check_error(const Result<void>& checked) {
    if (!checked) fuzz::require_readable(checked.error());
}

void check_public_keys(const Home& home, std::string_view content) {
    home.write(content);
    const auto signers = public_keys::check_signers(home.file);
    check_error(signers);
    check_error(public_keys::check_revoked(home.file));
    check_error(public_keys::check_openpgp(home.file));
    if (!signers) return;
    fuzz::require(names_type(content), "a list of signers has a public key");
    home.write(std::string{content} + "\nada ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMq\n");
    fuzz::require(!public_keys::check_signers(home.file), "a key that was cut off is refused");
}

/// Not with Include: it could name files of this host.
void check_ssh_config(const Home& home, std::string_view host, std::string_view content) {
    auto words = lower_case(content);
    std::erase(words, '"');
    if (words.find("include") != std::string::npos) return;
    home.write(content);
    const auto found =
        config::ssh_config_for("ssh://git@" + std::string{host} + "/a/b", home.directory.path);
    fuzz::require(!found || *found == home.file, "a host alias is in the account's own file");
    fuzz::require(!found || words.find("hostname") != std::string::npos,
                  "a host alias has a HostName");
}

}  // namespace

void fuzz::run(std::string_view input) {
    static const Home home;
    check_private_key(input);
    check_public_keys(home, input);
    const auto host = take_line(input);
    check_ssh_config(home, host, input);
}
