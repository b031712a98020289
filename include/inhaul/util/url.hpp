// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

/// The addresses of repositories, APIs, relays and probes.
namespace inhaul {

/// The part of a URL that is wrong.
enum class UrlFault { form, scheme, user, host, port, path };

/// `scheme://[user@]host[:port][/path][?query][#fragment]` (RFC 3986). The parts are as written,
/// but scheme and host are in lower case. Nothing is decoded.
struct Url {
    std::string scheme;
    std::optional<std::string> user;      ///< without the @; may hold a password after a colon
    std::string host;                     ///< an IPv6 address in its brackets
    std::optional<std::string> port;      ///< without the colon
    std::string path;                     ///< empty, or with its first slash
    std::optional<std::string> query;     ///< without the ?
    std::optional<std::string> fragment;  ///< without the #

    /// Splits at the delimiters and checks nothing: for messages about a URL that is wrong. Returns
    /// nothing for text without `://`.
    [[nodiscard]] static std::optional<Url> split(std::string_view text);

    /// Splits and checks. The rules, in this order:
    /// * form: `://`, and no control character anywhere; in http and https no space, quote or
    ///   backslash either;
    /// * scheme: a letter, then letters, digits and `+-.`;
    /// * user, if there is one: letters, digits, `-._~+:` and codes such as %40, and not empty or
    ///   with a dash first;
    /// * host: letters, digits and `-._`, with no dash or dot first; or an IPv6 address in
    ///   brackets, with its zone behind a % if need be. Only `file` has none, and never has one;
    /// * port, if there is one: a number from 1 to 65535;
    /// * path: begins with a slash, or is empty.
    [[nodiscard]] static tl::expected<Url, UrlFault> parse(std::string_view text);

    /// The first part that breaks a rule of parse().
    [[nodiscard]] std::optional<UrlFault> fault() const;

    /// The port, else the usual one of http, https or ssh; 0 for other schemes, or no number.
    [[nodiscard]] int port_number() const;
    /// The host without an IPv6 address's brackets.
    [[nodiscard]] std::string bare_host() const;
    /// `scheme://user@host:port`
    [[nodiscard]] std::string base() const;
    /// Path, query and fragment.
    [[nodiscard]] std::string rest() const;
    [[nodiscard]] std::string text() const;

    bool operator==(const Url&) const = default;
};

/// `[user@]host:path`, as scp and git read it. The parts are as written, but the host is in lower
/// case.
struct ScpAddress {
    std::optional<std::string> user;
    std::string host;  ///< an IPv6 address in its brackets
    std::string path;  ///< relative to the account's home, unless it begins with a slash

    /// Splits and checks nothing. Returns nothing for a URL, a path, or text without a colon before
    /// the first slash.
    [[nodiscard]] static std::optional<ScpAddress> split(std::string_view text);

    bool operator==(const ScpAddress&) const = default;
};

/// Whether a host of a Url is this host by its name: localhost, 127.x.x.x or [::1].
[[nodiscard]] bool is_loopback(std::string_view host);

}  // namespace inhaul
