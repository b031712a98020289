// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sstream>

#include "place.hpp"
#include "support/git_servers.hpp"

namespace inhaul::test {

constexpr auto https_token = "ghp_sesameopenforinhaul";

struct OverHttps : Place {
    explicit OverHttps(std::vector<std::string> more = {"--token", https_token})
        : head(upstream.publish("a", "1\n")), server("https", temporary.path, std::move(more)) {}

    [[nodiscard]] git::Access https(const std::string& base = "url") const {
        return {
            .url = server[base] + "app.git", .token = Secret{https_token}, .ca_file = server["ca"]};
    }
    [[nodiscard]] Result<CommitId> fetch(const git::Access& access,
                                         const std::optional<CommitId>& known_head = {}) const {
        const auto checkout = git::repository(directory, main_branch, access);
        TRY(checkout->open());
        return checkout->fetch(no_progress, known_head);
    }
    /// Returns how often this text is in the request log.
    [[nodiscard]] std::size_t asked(const std::string& what) const {
        pass_barrier();
        const auto log = content_of(server["log"]);
        std::size_t count = 0;
        for (auto at = log.find(what); at != std::string::npos; at = log.find(what, at + 1))
            ++count;
        return count;
    }

    /// Returns the log of requests to repositories, one line each.
    [[nodiscard]] std::vector<std::string> requests() const {
        pass_barrier();
        std::vector<std::string> lines;
        std::istringstream log{content_of(server["log"])};
        for (std::string line; std::getline(log, line);)
            if (line.find(".git/") != std::string::npos) lines.push_back(line);
        return lines;
    }

    /// nginx logs all earlier requests before it answers this one.
    void pass_barrier() const {
        const FileDescriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        const auto address = loopback(std::stoi(server["http_port"]));
        REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                          sizeof address) == 0);
        constexpr std::string_view request{"GET /barrier HTTP/1.0\r\n\r\n"};
        REQUIRE(::write(socket.get(), request.data(), request.size()) ==
                static_cast<ssize_t>(request.size()));
        char buffer[512];
        while (::read(socket.get(), buffer, sizeof buffer) > 0) {
        }
    }

    CommitId head;
    GitServer server;
};

}  // namespace inhaul::test
