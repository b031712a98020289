#include <inhaul/config/config.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>

#include "document.hpp"

namespace inhaul::config {
namespace {

constexpr std::size_t largest_key = 64 * 1024;
constexpr std::size_t largest_ca = 4 * 1024 * 1024;

/// Looks at what valid settings name on this host.
class Inspection {
public:
    Inspection(Document& document, const Settings& settings)
        : document_(document), settings_(settings) {}

    void run() {
        if (settings_.ssh_key) look_at_key(*settings_.ssh_key);
        if (settings_.token_file) look_at_token(*settings_.token_file);
        if (settings_.ca_file) look_at_ca(*settings_.ca_file);
        if (settings_.known_hosts)
            report("auth.known_hosts", file::read(*settings_.known_hosts, largest_ca));
        look_at_directory();
    }

private:
    template <class T>
    bool report(std::string_view key, const Result<T>& result) {
        if (!result) document_.problem(key, result.error().message, result.error().hint);
        return result.has_value();
    }

    void look_at_key(const fs::path& path) {
        const auto content = file::read_private(path, largest_key);
        if (!report("auth.ssh_key", content)) return;
        if (content->starts_with("ssh-") || content->starts_with("ecdsa-"))
            document_.problem("auth.ssh_key", fmt::format("{} is the public half", path.string()),
                              "Name the private key: the file without .pub.");
        else if (content->find("PRIVATE KEY-----") == std::string::npos)
            document_.problem("auth.ssh_key", fmt::format("{} is no private key", path.string()),
                              "Make one with: ssh-keygen -t ed25519 -N '' -f FILE");
    }

    void look_at_token(const fs::path& path) {
        const auto content = file::read_private(path, largest_key);
        if (!report("auth.token_file", content)) return;
        const auto token = trimmed(*content);
        if (token.empty() || token.find_first_of(" \t\r\n") != std::string_view::npos)
            document_.problem(
                "auth.token_file",
                fmt::format("{} must hold the token, alone on one line", path.string()));
    }

    void look_at_ca(const fs::path& path) {
        const auto content = file::read(path, largest_ca);
        if (report("tls.ca_file", content) &&
            content->find("BEGIN CERTIFICATE") == std::string::npos)
            document_.problem("tls.ca_file",
                              fmt::format("{} holds no certificate in PEM", path.string()));
    }

    void look_at_directory() {
        const auto& directory = settings_.directory;
        std::error_code error;
        if (fs::exists(directory, error)) {
            if (!fs::is_directory(directory, error))
                document_.problem("directory",
                                  fmt::format("{} is no directory", directory.string()));
            return;
        }
        const auto parent = directory.parent_path();
        if (!fs::is_directory(parent, error))
            document_.problem(
                "directory",
                fmt::format("{} does not exist, nor does {}", directory.string(), parent.string()),
                fmt::format("Make the latter: mkdir -p {}", parent.string()));
        else if (::access(parent.c_str(), W_OK) != 0)
            document_.problem("directory",
                              fmt::format("{} does not exist, and this account may not make it",
                                          directory.string()),
                              fmt::format("Make it, owned by this account: install -d -o $USER {}",
                                          directory.string()));
    }

    Document& document_;
    const Settings& settings_;
};

}  // namespace

std::vector<Problem> inspect(const Settings& settings, std::string_view toml) {
    Document document{toml, settings.file};
    Inspection{document, settings}.run();
    return document.take_problems();
}

}  // namespace inhaul::config
