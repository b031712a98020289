// SPDX-License-Identifier: Apache-2.0
#include <pwd.h>

#include "host.hpp"

namespace inhaul::test {
namespace {

constexpr auto private_key =
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE\n"
    "-----END OPENSSH PRIVATE KEY-----\n";

/// The problems on this host of an app whose files are all below its root.
std::string problems_on(const Host& host, const std::string& rest,
                        const std::string& repository = "octocat/myapp") {
    const auto toml = "repository = \"" + repository + "\"\ndirectory = \"" + host.root.string() +
                      "/app\"\n" + rest;
    return host.shortened(all_of(config::inspect(settings_of(toml), toml)));
}

std::string key(const Host& host, const fs::path& path) {
    return problems_on(host, "[auth]\nssh_key = \"" + path.string() + "\"\n");
}

std::string token(const Host& host, const fs::path& path) {
    return problems_on(host, "[auth]\ntoken_file = \"" + path.string() + "\"\n");
}

const std::string place = "/etc/inhaul/scripts/myapp.toml:4:";

std::string account_name() {
    const auto* const entry = ::getpwuid(::geteuid());
    return entry != nullptr ? entry->pw_name : std::to_string(::geteuid());
}

/// During a test, root becomes nobody, so that file modes apply.
struct DropRoot {
    DropRoot() {
        if (::geteuid() == 0) REQUIRE(::seteuid(65534) == 0);
    }
    ~DropRoot() {
        if (::getuid() == 0 && ::seteuid(0) != 0) std::abort();
    }
    DropRoot(const DropRoot&) = delete;
    DropRoot& operator=(const DropRoot&) = delete;
};

}  // namespace

TEST_CASE("a correct host has no problems") {
    const Host host;
    const auto ca = host.file("ca", "-----BEGIN CERTIFICATE-----\n");
    CHECK(problems_on(host, "[auth]\nssh_key = \"" + host.file("key", private_key).string() +
                                "\"\ntoken_file = \"" + host.file("token", "ghp_x\n").string() +
                                "\"\nknown_hosts = \"" + host.file("hosts", "", 0644).string() +
                                "\"\n[tls]\nca_file = \"" + ca.string() + "\"\n")
              .empty());
    fs::create_directory(host.root / "app");
    CHECK(problems_on(host, "").empty());
}

TEST_CASE("a deploy key must be a private key that only the account can read") {
    const Host host;
    const auto make = "        To generate a key, run: ssh-keygen -t ed25519 -N '' -f ROOT/";
    CHECK(key(host, host.root / "none") ==
          place + "11: auth.ssh_key: open ROOT/none: No such file or directory\n" + make +
              "none\n");
    CHECK(key(host, host.file("open", private_key, 0644)) ==
          place +
              "11: auth.ssh_key: ROOT/open: mode 0644 lets others read it\n"
              "        Run: chmod 600 ROOT/open\n");
    CHECK(key(host, host.file("key.pub", "ssh-ed25519 AAAA me\n", 0644)) ==
          place +
              "11: auth.ssh_key: ROOT/key.pub is a public key\n"
              "        Set it to the private key: the same file without .pub.\n");
    CHECK(key(host, host.file("text", "hello\n")) ==
          place + "11: auth.ssh_key: ROOT/text contains no private key\n" + make + "text\n");
    CHECK(key(host, host.file("certificate", "-----BEGIN CERTIFICATE-----\n")) ==
          place + "11: auth.ssh_key: ROOT/certificate is a certificate, not an SSH key\n" + make +
              "certificate.key\n        Then set auth.ssh_key to the new file.\n");
    CHECK(key(host, host.root) == place + "11: auth.ssh_key: read ROOT: not a regular file\n");
    for (const auto* const encrypted :
         {"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHI\n"
          "-----END OPENSSH PRIVATE KEY-----\n",
          "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n-----END RSA PRIVATE "
          "KEY-----\n",
          "-----BEGIN ENCRYPTED PRIVATE KEY-----\n-----END ENCRYPTED PRIVATE KEY-----\n"})
        CHECK(key(host, host.file("encrypted", encrypted))
                  .starts_with(place + "11: auth.ssh_key: ROOT/encrypted needs a passphrase\n"));
}

TEST_CASE("a key that OpenSSH does not read is described") {
    const Host host;
    std::string crlf;
    for (const char c : std::string{private_key})
        crlf += c == '\n' ? std::string{"\r\n"} : std::string{c};
    const std::string whole{private_key};
    const auto cut = whole.substr(0, whole.find("-----END"));
    const auto last = whole.substr(0, whole.size() - 1);
    const std::vector<std::array<std::string, 3>> keys{
        {"putty", "PuTTY-User-Key-File-3: ssh-ed25519\n", "a PuTTY key"},
        {"cert.pub", "ssh-ed25519-cert-v01@openssh.com AAAA me\n", "the certificate of a key"},
        {"ecdsa.pub", "ecdsa-sha2-nistp256 AAAA me\n", "public"},
        {"pem.pub", "-----BEGIN PUBLIC KEY-----\n", "public"},
        {"ssh2.pub", "---- BEGIN SSH2 PUBLIC KEY ----\n", "public"},
        {"crlf", crlf, "sed -i 's/\\r$//' ROOT/crlf"},
        {"no-line-end", last, "echo >> ROOT/no-line-end"},
        {"bom", "\xef\xbb\xbf" + whole, "before its first line"},
        {"blank", "\n" + whole, "before its first line"},
        {"cut", cut, "is incomplete"},
        {"spaces", whole.substr(0, 40) + " " + whole.substr(40),
         "lines that ssh-keygen did not write"},
        {"one-line", "-----BEGIN OPENSSH PRIVATE KEY----- b3 -----END OPENSSH PRIVATE KEY-----\n",
         "lines that ssh-keygen did not write"},
    };
    for (const auto& [name, content, expected] : keys) {
        INFO(name);
        CHECK_THAT(key(host, host.file(name, content)), ContainsSubstring(expected));
    }
    CHECK(key(host, host.file("comment", whole + "\n\n")).empty());
    CHECK(key(host, host.file("old",
                              "-----BEGIN RSA PRIVATE KEY-----\r\nAA\r\n"
                              "-----END RSA PRIVATE KEY-----"))
              .empty());
}

TEST_CASE("a token file must contain one token that only the account can read") {
    const Host host;
    const std::string alone = "        Put only the token into the file, on a single line.\n";
    CHECK(token(host, host.root / "none") ==
          place + "14: auth.token_file: open ROOT/none: No such file or directory\n" + alone);
    CHECK(token(host, host.file("open", "ghp_x\n", 0640)) ==
          place +
              "14: auth.token_file: ROOT/open: mode 0640 lets others read it\n"
              "        Run: chmod 600 ROOT/open\n");
    CHECK(token(host, host.file("empty", " \n")) ==
          place + "14: auth.token_file: ROOT/empty is empty\n" + alone);
    for (const auto* const content : {"ghp_x ghp_y\n", "TOKEN=\nghp_x\n", "a\tb"}) {
        const auto message = token(host, host.file("more", content));
        CHECK(message ==
              place + "14: auth.token_file: ROOT/more contains more than a token\n" + alone);
        CHECK(message.find("ghp_") == std::string::npos);
    }
    CHECK(token(host, host.file("good", "  ghp_x\r\n\n")).empty());
}

TEST_CASE("files of signers must exist and contain whole keys") {
    const Host host;
    const std::string key{
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    const auto signers = [&](const fs::path& path) {
        return problems_on(host, "[require]\nallowed_signers = \"" + path.string() + "\"\n");
    };
    const auto add = "        To add a signer, run: echo \"NAME $(cat KEY.pub)\" >> ROOT/";
    CHECK(signers(host.root / "none") ==
          place + "19: require.allowed_signers: open ROOT/none: No such file or directory\n" + add +
              "none\n");
    CHECK(signers(host.file("empty", "\n")) ==
          place + "19: require.allowed_signers: ROOT/empty is empty\n" + add + "empty\n");
    CHECK(signers(host.file("comments", "# ada\n")) ==
          place + "19: require.allowed_signers: ROOT/comments contains no public key\n" + add +
              "comments\n");
    for (const auto& damaged : {std::string{"garbage"}, key, "ada " + key.substr(0, 40),
                                "ada " + key + "AAAA", "ada " + key.substr(0, 60) + "="})
        CHECK(signers(host.file("cut", "ada " + key + "\n" + damaged + "\n")) ==
              place +
                  "19: require.allowed_signers: ROOT/cut contains no whole public key in line 2\n" +
                  add + "cut\n");
    CHECK(signers(host.file("good", "# x\nada@example.org,bob namespaces=\"git, file\" " + key +
                                        " comment\r\n\n*.org " + key))
              .empty());
    const auto revoked = [&](const fs::path& path) {
        return problems_on(host, "[require]\nallowed_signers = \"" + (host.root / "good").string() +
                                     "\"\nrevoked_signers = \"" + path.string() + "\"\n");
    };
    CHECK(revoked(host.file("keys", key + " eve\n")).empty());
    CHECK(revoked(host.file("nobody", "# none\n")).empty());
    CHECK(revoked(host.file("list", std::string{"SSHKRL\n\0\0\0", 10})).empty());
    CHECK_THAT(revoked(host.root / "none"),
               ContainsSubstring("require.revoked_signers: open ROOT/none"));
    CHECK_THAT(revoked(host.file("lost", "")),
               ContainsSubstring("require.revoked_signers: ROOT/lost is empty"));
    CHECK_THAT(revoked(host.file("half", key.substr(0, 50))),
               ContainsSubstring("contains no whole public key in line 1"));
    const auto exported = [&](const fs::path& path) {
        return problems_on(host, "[require]\ngpg_keys = \"" + path.string() + "\"\n");
    };
    CHECK(exported(host.file("binary", "\x98\x33\x04")).empty());
    CHECK(exported(host.file("armored",
                             "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n"
                             "-----END PGP PUBLIC KEY BLOCK-----\n"))
              .empty());
    for (const auto* const content : {"", "text", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME"})
        CHECK_THAT(exported(host.file("wrong", content)),
                   ContainsSubstring("run: gpg --export SIGNER > ROOT/wrong"));
}

TEST_CASE("the CA file and known hosts must exist") {
    const Host host;
    CHECK(problems_on(host,
                      "[tls]\nca_file = \"" + host.file("der", "0\x82\x03").string() + "\"\n") ==
          place +
              "11: tls.ca_file: ROOT/der contains no PEM certificate\n"
              "        To convert a certificate in DER, run: openssl x509 -inform der -in ROOT/der "
              "-out "
              "ROOT/der.pem\n"
              "        Then set tls.ca_file = \"ROOT/der.pem\".\n");
    CHECK(problems_on(host, "[tls]\nca_file = \"" + (host.root / "none").string() + "\"\n") ==
          place +
              "11: tls.ca_file: open ROOT/none: No such file or directory\n"
              "        The file must contain the certificate of the authority in PEM.\n");
    CHECK(
        problems_on(host, "[auth]\nknown_hosts = \"" + (host.root / "none").string() + "\"\n") ==
        place +
            "15: auth.known_hosts: open ROOT/none: No such file or directory\n"
            "        Run: ssh-keyscan github.com > ROOT/none\n"
            "        To compare the fingerprints with those that the host's owner publishes, run: "
            "ssh-keygen -lf ROOT/none\n");
}

TEST_CASE("the app's directory must exist or be creatable") {
    const Host host;
    const std::string second = "/etc/inhaul/scripts/myapp.toml:2:13: directory: ";
    host.file("app", "a file");
    CHECK(problems_on(host, "") == second + "ROOT/app is not a directory\n");

    const auto deep = host.root / "no/app";
    const auto toml = "repository = \"o/n\"\ndirectory = \"" + deep.string() + "\"\n";
    CHECK(host.shortened(all_of(config::inspect(settings_of(toml), toml))) ==
          second +
              "ROOT/no/app does not exist, and neither does ROOT/no\n        Run: sudo install -d "
              "-o " +
              account_name() + " ROOT/no/app\n");
}

TEST_CASE("the app's directory must be writable for the account") {
    const Host host;
    fs::permissions(host.root, fs::perms{0555});
    const DropRoot nobody;
    const auto account = account_name();
    const std::string second = "/etc/inhaul/scripts/myapp.toml:2:13: directory: ";
    CHECK(problems_on(host, "") == second + "ROOT/app does not exist, and " + account +
                                       " cannot create it\n        Run: sudo install -d -o " +
                                       account + " ROOT/app\n");
    const auto toml = "repository = \"o/n\"\ndirectory = \"" + host.root.string() + "\"\n";
    CHECK(host.shortened(all_of(config::inspect(settings_of(toml), toml))) ==
          second + account + " cannot write to ROOT\n        Run: sudo chown -R " + account +
              " ROOT\n");
}

}  // namespace inhaul::test
