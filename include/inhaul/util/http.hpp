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

/// HTTP without blocking: requests run inside poll(), on kept-alive connections, HTTP/2 where the
/// server offers it. TLS is always verified. Redirects are never followed here: a caller that
/// follows one decides itself what may be sent to whom.
namespace inhaul::http {

struct Limits {
    Milliseconds connect{10'000};     ///< name look-up, TCP and TLS together
    Milliseconds total{30'000};       ///< from start to the last byte
    std::size_t body = 64 * 1024;     ///< bytes; more is an error with code protocol
    std::size_t headers = 64 * 1024;  ///< bytes of all header lines together; likewise
};

/// Sent as `Authorization: Basic …`, at once and not only when it is asked for.
struct Login {
    std::string user;
    Secret password;
};

struct Request {
    std::string url;
    std::vector<std::string> headers = {};              ///< `Name: value`, no secret in them
    std::optional<Secret> bearer = {};                  ///< sent as `Authorization: Bearer …`
    std::optional<Login> login = {};                    ///< in place of a bearer
    std::optional<std::string> body = {};               ///< sent by POST; without one it is a GET
    bool deletes = false;                               ///< a DELETE, without a body
    std::optional<std::filesystem::path> ca_file = {};  ///< instead of the system's authorities
    bool direct = false;                                ///< past the environment's proxies
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

/// A descriptor that the caller waits for beside the transfers. `ready` is set by poll().
struct Waited {
    int descriptor = -1;
    bool ready = false;
};

/// What becomes of an answer that is read as it comes and may never end. All are called from within
/// poll().
struct StreamEvents {
    std::function<void(const Response&)> head;   ///< once: status and header lines
    std::function<void(std::string_view)> body;  ///< then its bytes
    std::function<void(Result<void>)> ended;     ///< at last, also instead of the others
};
using StreamId = std::uint64_t;

/// What every request of ours says of itself, to an API as to a git server: `git/2.0
/// (inhaul/1.2.3)`. Some forges answer as to a browser unless it begins with git's name.
[[nodiscard]] std::string user_agent();

class Client {
public:
    explicit Client(std::string user_agent = http::user_agent());
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    using Done = std::function<void(Result<Response>)>;
    /// Starts a request. `done` is called from within poll(), exactly once, unless the client is
    /// destroyed first; it may start further requests.
    ///
    /// Errors: `timeout`, `network` (all transient) name the host and the cause; `authentication`
    /// for a certificate that is not trusted; `protocol` for an answer that is no HTTP or too
    /// large; `configuration` for a URL, token or authority file that cannot be used; `refused` for
    /// a token that would go over plain http to another host.
    void start(Request request, Done done);
    /// Calls this from within the next poll(), which then does not wait: for answers that are known
    /// at once to callers that expect them later.
    void defer(std::function<void()> action);

    /// Begins an answer without an end, on a connection of its own: how one of them hangs or breaks
    /// is no matter of the others. Of the limits, that of the whole and that of the body do not
    /// count: the caller closes what is silent. Errors as start().
    [[nodiscard]] StreamId open(Request request, StreamEvents events);
    /// Nothing more is called. One that has ended, or never was, is ignored. May be called from any
    /// of its own events.
    void close(StreamId stream);

    /// Requests, without streams.
    [[nodiscard]] std::size_t running() const;

    /// Waits until a transfer moves, a descriptor is readable, or `timeout` has passed; then runs
    /// what can run. No wake-up happens that none of these asks for.
    void poll(std::vector<Waited>& descriptors, Milliseconds timeout);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Runs one request to its end. For commands that have nothing else to wait for.
[[nodiscard]] Result<Response> fetch(Client& client, Request request);

/// The time in a `Retry-After` value, either form (RFC 9110 section 10.2.3: seconds or HTTP date);
/// nothing when it is neither.
[[nodiscard]] std::optional<Seconds> parse_retry_after(std::string_view value, TimePoint now);

/// An HTTP date, such as that of a `Date` header (RFC 9110 section 5.6.7); nothing for another
/// text.
[[nodiscard]] std::optional<TimePoint> parse_date(std::string_view value);

/// Percent-encodes everything but the unreserved characters of RFC 3986, slashes included.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// Scheme, host and port of a URL, host in lower case, the port as a number with the scheme's
/// default filled in; nothing for what Url::parse() refuses, and without a host.
struct Origin {
    std::string scheme;
    std::string host;
    int port = 0;
    bool operator==(const Origin&) const = default;
};
[[nodiscard]] std::optional<Origin> origin_of(std::string_view url);

/// The proxy through which libcurl asks for the URL, as it finds it in the environment (see
/// curl(1)), to be shown: without what proves who asks.
[[nodiscard]] std::optional<std::string> proxy_for(std::string_view url);

}  // namespace inhaul::http
