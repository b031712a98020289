// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <inhaul/util/clock.hpp>
#include <inhaul/util/http.hpp>
#include <inhaul/util/result.hpp>

/// Mail for a server, by SMTP.
namespace inhaul::mail {

struct Message {
    std::string url;  ///< smtp:// (STARTTLS is required, except on this host) or smtps://
    std::optional<http::Login> login = {};
    std::optional<std::filesystem::path> ca_file = {};  ///< instead of the system's authorities
    std::string from;
    std::vector<std::string> to;
    std::string text;  ///< headers and body, with CRLF
    Milliseconds deadline{};
};

/// The reply of the server.
struct Reply {
    int code = 0;  ///< its last reply code; 0 without a reply
    bool sent = false;
    std::string what;  ///< why it was not sent
};

/// Sends the mail. Blocks until the end or the deadline. TLS is verified, except on loopback
/// without a login and a CA file. With a login, nothing is sent to a server that does not accept
/// it.
[[nodiscard]] Reply send(const Message& mail);

}  // namespace inhaul::mail
