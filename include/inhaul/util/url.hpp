// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

/// The addresses of repositories, APIs, relays and probes.
namespace inhaul {

/// The invalid part of a URL.
enum class UrlFault { form, scheme, user, host, port, path };

/// `scheme://[user@]host[:port][/path][?query][#fragment]` (RFC 3986). Scheme and host are in lower
/// case. The other parts are as written; nothing is decoded.
struct Url {
    std::string scheme;
    std::optional<std::string> user;      ///< without the @; may hold a password after a colon
    std::string host;                     ///< an IPv6 address in its brackets
    std::optional<std::string> port;      ///< without the colon
    std::string path;                     ///< empty, or with its first slash
    std::optional<std::string> query;     ///< without the ?
    std::optional<std::string> fragment;  ///< without the #

    /// Splits at the delimiters without checks, for messages about an invalid URL. Returns nothing
    /// for text without `://`.
    [[nodiscard]] static std::optional<Url> split(std::string_view text);

    /// Splits and checks. Fails with the first part that breaks its rule, in this order:
    /// * form: `://`, and no control character anywhere; in http and https no space, quote or
    ///   backslash either;
    /// * scheme: a letter, then letters, digits and `+-.`;
    /// * user, if present: letters, digits, `-._~+:` and codes such as %40; not empty, and no dash
    ///   first;
    /// * host: letters, digits and `-._`, with no dash or dot first. An IPv6 address is in
    ///   brackets, optionally with % and its zone. `file` never has a host; every other scheme
    ///   needs a host;
    /// * port, if present: a number from 1 to 65535;
    /// * path: empty, or begins with a slash.
    [[nodiscard]] static tl::expected<Url, UrlFault> parse(std::string_view text);

    /// Returns the first part that breaks its rule of parse().
    [[nodiscard]] std::optional<UrlFault> fault() const;

    /// Returns true for http and https.
    [[nodiscard]] bool is_web() const;
    /// Returns true if no other host can read the connection: https, or http to this host.
    [[nodiscard]] bool is_encrypted_or_local() const;
    /// Returns the port, or else the default_port(). Returns 0 if the port is not a number.
    [[nodiscard]] int port_number() const;
    /// Returns the host without the brackets of an IPv6 address.
    [[nodiscard]] std::string bare_host() const;
    /// Returns `scheme://user@host:port`.
    [[nodiscard]] std::string base() const;
    /// Returns path, query and fragment.
    [[nodiscard]] std::string rest() const;
    [[nodiscard]] std::string text() const;

    bool operator==(const Url&) const = default;
};

/// `[user@]host:path`, as scp and git read it. The host is in lower case, the other parts are as
/// written.
struct ScpAddress {
    std::optional<std::string> user;
    std::string host;  ///< an IPv6 address in its brackets
    std::string path;  ///< relative to the account's home, unless it begins with a slash

    /// Splits without checks. Returns nothing for a URL, a path, or text without a colon before the
    /// first slash.
    [[nodiscard]] static std::optional<ScpAddress> split(std::string_view text);

    bool operator==(const ScpAddress&) const = default;
};

/// Returns true if the URL begins with the scheme, such as `https`, and `://`.
[[nodiscard]] bool has_scheme(std::string_view url, std::string_view scheme);

/// Returns the port of http, https or ssh. Returns 0 for another scheme.
[[nodiscard]] int default_port(std::string_view scheme);

/// Returns true if `host` of a Url names this host: localhost, 127.x.x.x or [::1].
[[nodiscard]] bool is_loopback(std::string_view host);

}  // namespace inhaul
