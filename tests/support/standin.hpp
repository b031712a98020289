// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <inhaul/util/process.hpp>

/// The stand-in for GitHub (github_standin.py) for C++ tests. The test's target defines
/// INHAUL_TEST_PYTHON and INHAUL_TEST_SUPPORT.
namespace inhaul::test {

using nlohmann::json;

/// Variables of the environment that change the destination or the trust of requests.
inline void forget_environment() {
    for (const char* name :
         {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy",
          "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"})
        ::unsetenv(name);
}

/// Returns the first line that a child prints.
inline std::string first_line(process::Child& child) {
    std::string line;
    while (line.find('\n') == std::string::npos) {
        pollfd pipe{.fd = child.output(), .events = POLLIN, .revents = 0};
        if (::poll(&pipe, 1, 20'000) != 1) throw std::runtime_error("a test server did not start");
        const auto before = line.size();
        child.drain(line, 64 * 1024);
        if (line.size() == before) throw std::runtime_error("a test server ended at its start");
    }
    return line.substr(0, line.find('\n'));
}

struct StandIn {
    explicit StandIn(std::vector<std::string> arguments = {}) : child(spawn(std::move(arguments))) {
        const auto ready = json::parse(first_line(child));
        port = ready["port"];
        control_port = ready["control"];
        api = ready["api"];
    }

    /// Sends a control command such as {{"do", "branch"}, …}. Returns its answer.
    json control(const json& order) const {
        const auto body = order.dump();
        const auto reply =
            exchange("POST /_control HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) +
                     "\r\n\r\n" + body);
        auto answer = json::parse(reply.substr(reply.find("\r\n\r\n")));
        if (reply.find(" 200 ") != 8) throw std::runtime_error("refused: " + answer.dump());
        return answer;
    }
    json requests() const { return control({{"do", "requests"}})["requests"]; }
    void release() const { control({{"do", "release"}}); }

    process::Child child;
    int port = 0;
    int control_port = 0;
    std::string api;

private:
    static process::Child spawn(std::vector<std::string> arguments) {
        forget_environment();
        std::vector<std::string> argv{INHAUL_TEST_PYTHON, INHAUL_TEST_SUPPORT "/github_standin.py",
                                      "--no-stdin"};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        auto child =
            process::Child::spawn({.argv = std::move(argv),
                                   .environment = {{"PYTHONPATH", INHAUL_TEST_SUPPORT "/.."}},
                                   .capture_stdout = true});
        if (!child) throw std::runtime_error(child.error().message);
        return std::move(*child);
    }

    std::string exchange(const std::string& text) const {
        const FileDescriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(control_port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("cannot reach the stand-in's control port");
        if (::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(text.size()))
            throw std::runtime_error("cannot order the stand-in");
        std::string reply;
        char buffer[4096];
        for (ssize_t n = 0; (n = ::read(socket.get(), buffer, sizeof buffer)) > 0;)
            reply.append(buffer, static_cast<std::size_t>(n));
        return reply;
    }
};

}  // namespace inhaul::test
