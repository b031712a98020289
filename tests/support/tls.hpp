// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <inhaul/util/process.hpp>

#include "temporary_directory.hpp"

/// The test's own authority, and nginx with TLS and HTTP/2 in front of a plain server.
namespace inhaul::test {

namespace fs = std::filesystem;

inline void write_file(const fs::path& path, const std::string& content) {
    std::ofstream{path} << content;
}

inline void must_run(std::vector<std::string> argv) {
    const auto name = argv.front();
    const auto done =
        process::run({.argv = std::move(argv), .capture_output = true}, Milliseconds{120'000});
    if (!done) throw std::runtime_error(done.error().message);
    if (!done->status.success()) throw std::runtime_error(name + ": " + done->output);
}

/// ca.pem, and for each requested name a certificate by that authority.
struct Authority {
    explicit Authority(fs::path in) : directory(std::move(in)) {
        fs::create_directories(directory);
        make(
            {"-keyout", file("ca.key"), "-out", file("ca.pem"), "-subj", "/CN=a test's authority"});
    }
    /// `names` are in openssl's form: IP:127.0.0.1,DNS:localhost. Files: <stem>.pem, <stem>.key.
    void certify(const std::string& stem, const std::string& names) const {
        make({"-keyout", file(stem + ".key"), "-out", file(stem + ".pem"), "-subj", "/CN=" + stem,
              "-addext", "subjectAltName=" + names, "-CA", file("ca.pem"), "-CAkey",
              file("ca.key")});
    }
    /// Signs the key of certify() again, with an end in the past.
    void expire(const std::string& stem, const std::string& names) const {
        must_run({"openssl", "req", "-new", "-key", file(stem + ".key"), "-out",
                  file(stem + ".csr"), "-subj", "/CN=" + stem, "-addext",
                  "subjectAltName=" + names});
        must_run({"openssl", "x509", "-req", "-in", file(stem + ".csr"), "-out",
                  file(stem + ".pem"), "-CA", file("ca.pem"), "-CAkey", file("ca.key"),
                  "-CAcreateserial", "-copy_extensions", "copy", "-days", "-1"});
    }
    [[nodiscard]] std::string file(const std::string& name) const {
        return (directory / name).string();
    }
    fs::path directory;

private:
    static void make(const std::vector<std::string>& more) {
        std::vector<std::string> argv{
            "openssl", "req",     "-x509", "-nodes",   "-days",
            "2",       "-newkey", "ec",    "-pkeyopt", "ec_paramgen_curve:prime256v1"};
        argv.insert(argv.end(), more.begin(), more.end());
        must_run(std::move(argv));
    }
};

inline sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Returns a free port.
inline int free_port() {
    const FileDescriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    auto address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
}

inline bool accepts(int port) {
    const FileDescriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto address = loopback(port);
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
           0;
}

/// nginx in front of the plain server at `behind`. It adds the number of its own connection to each
/// request: X-Front-Connection.
struct TlsFront {
    TlsFront(const Authority& authority, const std::string& stem, int behind)
        : port(free_port()), child(start(authority, stem, behind)) {
        for (int attempt = 0; !accepts(port); ++attempt) {
            if (attempt == 500 || child.poll()) throw std::runtime_error("nginx did not start");
            std::this_thread::sleep_for(Milliseconds{20});
        }
    }
    [[nodiscard]] std::string url(const std::string& path = {}) const {
        return "https://127.0.0.1:" + std::to_string(port) + path;
    }

    TemporaryDirectory directory;
    int port;
    process::Child child;

private:
    process::Child start(const Authority& authority, const std::string& stem, int behind) const {
        const auto at = directory.path.string();
        write_file(directory.path / "nginx.conf",
                   "daemon off; master_process off; pid " + at + "/pid; error_log " + at +
                       "/errors; events {} http { access_log off; client_body_temp_path " + at +
                       "; proxy_temp_path " + at + "; fastcgi_temp_path " + at +
                       "; uwsgi_temp_path " + at + "; scgi_temp_path " + at +
                       "; server { listen 127.0.0.1:" + std::to_string(port) +
                       " ssl http2; ssl_certificate " + authority.file(stem + ".pem") +
                       "; ssl_certificate_key " + authority.file(stem + ".key") +
                       "; location / { proxy_pass http://127.0.0.1:" + std::to_string(behind) +
                       "; proxy_http_version 1.1; proxy_set_header Connection \"\"; "
                       "proxy_set_header X-Front-Connection $connection; } } }");
        auto started = process::Child::spawn({.argv = {"/usr/sbin/nginx", "-p", at, "-e",
                                                       at + "/errors", "-c", at + "/nginx.conf"}});
        if (!started) throw std::runtime_error(started.error().message);
        return std::move(*started);
    }
};

}  // namespace inhaul::test
