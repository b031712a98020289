// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <inhaul/util/http.hpp>

/// Answers that are read as they come, however large, over a connection that is kept from request
/// to request. Blocking: for a process that has nothing else to wait for. As in http.hpp, TLS is
/// always verified and no redirect is followed; proxies are those of the environment (http_proxy,
/// https_proxy, all_proxy, no_proxy).
namespace inhaul::http {

/// When the other side counts as gone. Each ends the request with code timeout.
struct Patience {
    Milliseconds connect{20'000};  ///< name look-up, TCP, proxy and TLS together
    Milliseconds silence{60'000};  ///< without a byte in either direction
    /// Fewer bytes of the answer than this within that time: a server that sends one now and then
    /// is never silent.
    std::size_t least_bytes = 1024;
    Milliseconds least_within{180'000};
};

class Session {
public:
    explicit Session(Patience patience);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Sends the request and waits for the answer's status and header lines; its body is left to
    /// read(). What was not read of the answer before is given up. The request's limits for the
    /// whole and for the body do not count here. Errors as Client::start().
    [[nodiscard]] Result<Response> ask(Request request);

    /// Up to `size` bytes of the answer's body; 0 at its end.
    [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace inhaul::http
