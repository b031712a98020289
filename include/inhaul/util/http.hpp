// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <inhaul/util/clock.hpp>
#include <inhaul/util/result.hpp>
#include <inhaul/util/secret.hpp>

/// Non-blocking HTTP. Requests run inside poll() on keep-alive connections, with HTTP/2 if the
/// server offers it. TLS is always verified. Redirects are not followed: the caller decides which
/// data may go to another host.
namespace inhaul::http {

struct Limits {
    Milliseconds connect{10'000};     ///< name look-up, TCP and TLS together
    Milliseconds total{30'000};       ///< from start to the last byte
    std::size_t body = 64 * 1024;     ///< bytes; more is an error with code protocol
    std::size_t headers = 64 * 1024;  ///< bytes of all header lines together; likewise
};

/// Sent as `Authorization: Basic …` with the first request, without waiting for a 401.
struct Login {
    std::string user;
    Secret password;
};

struct Request {
    std::string url;
    std::vector<std::string> headers = {};  ///< `Name: value`, no secret in them
    std::optional<Secret> bearer = {};      ///< sent as `Authorization: Bearer …`
    std::optional<Login> login = {};        ///< in place of a bearer
    std::optional<std::string> body = {};   ///< sent by POST; without a body: GET
    /// A POST that may be sent twice. Over a connection that stays open, libcurl repeats a request
    /// if the connection ends without an answer. Any other POST has a connection of its own.
    bool idempotent = false;
    bool deletes = false;                               ///< a DELETE, without a body
    std::optional<std::filesystem::path> ca_file = {};  ///< instead of the system's authorities
    bool direct = false;                                ///< ignores the environment's proxies
    Limits limits = {};
};

struct Response {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, as received
    std::string body;
    int http_version = 0;              ///< 10, 11, 20
    std::uint64_t bytes_sent = 0;      ///< request line or headers as HTTP saw them, before TLS
    std::uint64_t bytes_received = 0;  ///< likewise, headers and body

    /// The first header with this lower-case name.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

/// A descriptor that poll() waits for together with the transfers. poll() sets `ready`.
struct Waited {
    int descriptor = -1;
    bool ready = false;
};

/// Callbacks for a response that is read as it arrives and may never end. poll() calls them.
struct StreamEvents {
    std::function<void(const Response&)> head;   ///< once: status and header lines
    std::function<void(std::string_view)> body;  ///< then its bytes
    std::function<void(Result<void>)> ended;     ///< last, also without the others
};
using StreamId = std::uint64_t;

/// Returns the User-Agent of all requests: `git/2.0 (inhaul/1.2.3)`. It starts with git's name,
/// because some forges answer other clients as browsers.
[[nodiscard]] std::string user_agent();

class Client {
public:
    explicit Client(std::string user_agent = http::user_agent());
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    using Done = std::function<void(Result<Response>)>;
    /// Starts a request. `done` is called from within poll(), exactly once, unless the client is
    /// destroyed first. It may start further requests.
    ///
    /// Errors:
    /// * `timeout` and `network`, both transient; the message names the host and the cause;
    /// * `authentication`: the certificate is not trusted;
    /// * `protocol`: the answer is no HTTP, or is too large;
    /// * `configuration`: the URL, the token or the authority file cannot be used;
    /// * `refused`: a token would go over plain http to another host.
    void start(Request request, Done done);
    /// Runs the action in the next poll(), which then does not wait. For answers that are known at
    /// once but that the caller expects later.
    void defer(std::function<void()> action);

    /// Opens an endless response on its own connection, so that its failure affects no other
    /// request. The limits `total` and `body` do not apply: caller must close a silent stream.
    /// Errors as start().
    [[nodiscard]] StreamId open(Request request, StreamEvents events);
    /// Closes the stream; none of its callbacks is called again. Ignores an unknown or ended
    /// stream. Its own callbacks may call this.
    void close(StreamId stream);

    /// Returns the number of running requests, without streams.
    [[nodiscard]] std::size_t running() const;

    /// Waits until a transfer progresses, a descriptor is readable, or `timeout` has passed. Then
    /// runs the callbacks. Causes no other wake-ups.
    void poll(std::vector<Waited>& descriptors, Milliseconds timeout);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Runs one request and waits for its response. For commands with nothing else to wait for.
[[nodiscard]] Result<Response> fetch(Client& client, Request request);

/// Returns true for 301, 302, 307 and 308: the same request is for another URL. A 303 is for the
/// result of a request.
[[nodiscard]] bool is_redirect(int status);

/// The longest wait for a server: a longer one shows a wrong clock or a hostile server.
inline constexpr Seconds longest_server_wait{std::chrono::hours{24}};

/// Returns how long the server allows no further request, at most `longest_server_wait`. Reads the
/// header `Retry-After` of its response (RFC 9110 section 10.2.3: seconds or HTTP date). Nothing
/// without the header, or for another text.
[[nodiscard]] std::optional<Seconds> retry_after(const Response& response,
                                                 TimePoint now = system_clock().now());

/// Returns the wait until a time of the server, at most `longest_server_wait`. Uses the `Date` of
/// its response if that is plausible, since this host's clock may be wrong by years.
[[nodiscard]] Seconds wait_until(TimePoint end, const Response& response, TimePoint now);

/// Parses an HTTP date, for example of a `Date` header (RFC 9110 section 5.6.7). Returns nothing
/// for another text.
[[nodiscard]] std::optional<TimePoint> parse_date(std::string_view value);

/// Percent-encodes everything but the unreserved characters of RFC 3986, slashes included.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// Scheme, host and port of a URL. The host is in lower case; a missing port is the scheme's
/// default. Nothing for a URL without a host, or for a URL that Url::parse() refuses.
struct Origin {
    std::string scheme;
    std::string host;
    int port = 0;
    /// Returns the host, with the port unless it is the scheme's default.
    [[nodiscard]] std::string authority() const;
    bool operator==(const Origin&) const = default;
};
[[nodiscard]] std::optional<Origin> origin_of(std::string_view url);

/// Returns the proxy that libcurl uses for the URL according to the environment (see curl(1)). The
/// text is for display, without user and password.
[[nodiscard]] std::optional<std::string> proxy_for(std::string_view url);

}  // namespace inhaul::http
