// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/util/http.hpp>

/// Streams answers of any size over a connection that stays open between requests. It blocks, so it
/// is for a process that waits for nothing else. As in http.hpp, TLS is always verified and no
/// redirect is followed. The environment sets the proxy (http_proxy, https_proxy, all_proxy,
/// no_proxy).
namespace inhaul::http {

/// Limits after which the server counts as unreachable. Each ends the request with code timeout.
struct SessionTimeouts {
    Milliseconds connect{20'000};  ///< name look-up, TCP, proxy and TLS together
    Milliseconds silence{60'000};  ///< without a byte in either direction
    /// The answer must have at least `min_bytes` in each `min_rate_window`. A server that sends a
    /// byte now and then would never exceed `silence`.
    std::size_t min_bytes = 1024;
    Milliseconds min_rate_window{180'000};
};

class Session {
public:
    explicit Session(SessionTimeouts timeouts);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Sends the request, waits for the status and header lines of the answer, and returns them.
    /// Caller must read() the body; the next send() discards its unread rest. The request's limits
    /// for the total time and for the body do not apply. Fails with the errors of Client::start().
    [[nodiscard]] Result<Response> send(Request request);

    /// Reads up to `size` bytes of the body into `buffer`. Returns their number, 0 at the end.
    [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace inhaul::http
