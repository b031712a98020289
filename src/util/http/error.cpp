// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <system_error>

#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include "transfer.hpp"

namespace inhaul::http {
namespace {

bool visible(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool one_line(std::string_view text) {
    return text.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos;
}

std::string where(const Request& request) {
    const auto origin = origin_of(request.url);
    return origin ? origin->authority() : printable(request.url);
}

std::string lasting(Milliseconds time) {
    if (time.count() % 1000 == 0) return fmt::format("{} s", time.count() / 1000);
    return fmt::format("{} ms", time.count());
}

Error broken(std::string message, std::string hint = {}) {
    return {ErrorCode::network, std::move(message), std::move(hint), true};
}
Error unknown_host(std::string message, std::string hint) {
    auto error = broken(std::move(message), std::move(hint));
    error.reason = ErrorReason::unknown_host;
    return error;
}
Error not_http(std::string message) {
    return {ErrorCode::protocol, std::move(message), {}, false};
}

Error timed_out(const Failure& failure, const Request& request) {
    const auto host = where(request);
    const auto& limits = request.limits;
    const bool whole = limits.total.count() > 0;  // a Session has its own limits
    const auto connecting =
        lasting(whole ? std::min(limits.connect, limits.total) : limits.connect);
    std::string message;
    if (!failure.looked_up)
        message = fmt::format("look up {}: timed out after {}", host, connecting);
    else if (!failure.connected)
        message = fmt::format("connect to {}: timed out after {}", host, connecting);
    else if (!failure.answered)
        message = fmt::format("request to {}: no answer within {}", host, lasting(limits.total));
    else
        message = fmt::format("read from {}: not complete after {}", host, lasting(limits.total));
    return {ErrorCode::timeout, std::move(message), {}, true};
}

std::string certificate_hint(const Failure& failure, const Request& request) {
    switch (failure.verify_result) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "Renew the server's certificate. If it is still valid, set this host's clock.\n"
                   "Run: sudo timedatectl set-ntp true";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "Run: sudo timedatectl set-ntp true";
        case X509_V_OK:
        case X509_V_ERR_UNSPECIFIED:  // libcurl compares the names before it stores OpenSSL's
                                      // result
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "Check the host name in the URL: the server's certificate is for other names.";
        default:
            break;
    }
    if (request.ca_file)
        return fmt::format(
            "Check that tls.ca_file ({}) contains the authority that signed this certificate.",
            request.ca_file->string());
    return "If a private authority signed the certificate, set tls.ca_file to its file. Otherwise "
           "the connection may be intercepted.";
}

Error not_trusted(const Failure& failure, const Request& request) {
    std::string_view reason = failure.reason;
    for (const std::string_view prefix : {"SSL certificate problem: ", "SSL: "})
        if (reason.starts_with(prefix)) reason.remove_prefix(prefix.size());
    return {ErrorCode::authentication,
            fmt::format("TLS with {}: certificate not trusted: {}", where(request), reason),
            certificate_hint(failure, request), false, ErrorReason::untrusted_certificate};
}

Error proxy_refused(const Failure& failure, const Request& request) {
    if (failure.proxy_status == 407)
        return {ErrorCode::configuration,
                fmt::format("connect to {}: proxy authentication required (407)", where(request)),
                "Put the user and password into https_proxy: http://USER:PASSWORD@PROXY:PORT"};
    return broken(fmt::format("connect to {}: the proxy refused the connection ({})",
                              where(request), failure.proxy_status),
                  "Check https_proxy and no_proxy.");
}

Error connect_failed(const Failure& failure, const Request& request) {
    const auto reason = failure.system_error != 0
                            ? std::generic_category().message(failure.system_error)
                            : failure.reason;
    return broken(fmt::format("connect to {}: {}", where(request), reason));
}

Error bad_authorities(const Failure& failure, const Request& request) {
    const auto file =
        request.ca_file ? request.ca_file->string() : "the system's certificate authorities";
    return {ErrorCode::configuration,
            fmt::format("TLS with {}: read {}: {}", where(request), file, failure.reason),
            "Use a file with certificates in PEM format."};
}

Error too_large(const Failure& failure, const Request& request) {
    if (failure.body_too_large)
        return not_http(fmt::format("read from {}: the answer is larger than {} bytes",
                                    where(request), request.limits.body));
    return not_http(fmt::format("read from {}: the header lines are larger than {} bytes",
                                where(request), request.limits.headers));
}

}  // namespace

Result<void> check(const Request& request) {
    const auto url = Url::parse(request.url);
    if (!url || !url->is_web())
        return fail(ErrorCode::configuration,
                    fmt::format("request to {}: not an http or https URL", printable(request.url)));
    if (!std::all_of(request.headers.begin(), request.headers.end(), one_line))
        return fail(ErrorCode::internal, "a header line with a line break in it");
    if (!request.bearer && !request.login) return {};
    const auto& token = request.login ? request.login->password : *request.bearer;
    if (token.empty() || !visible(token.reveal()))
        return fail(ErrorCode::configuration,
                    fmt::format("request to {}: the token has spaces or other invalid characters",
                                where(request)),
                    "Write the token on one line, without spaces.");
    if (!url->is_encrypted_or_local())
        return fail(
            ErrorCode::refused,
            fmt::format("request to {}: refusing to send a token without TLS", where(request)),
            "Use https in the URL.");
    return {};
}

Error explain(const Failure& failure, const Request& request) {
    if (failure.body_too_large || failure.headers_too_large) return too_large(failure, request);
    if (failure.proxy_status >= 300) return proxy_refused(failure, request);
    const auto host = where(request);
    // libcurl's message contains the whole value with its password.
    if (failure.reason.starts_with("Unsupported proxy"))
        return {ErrorCode::configuration, fmt::format("connect to {}: unknown type of proxy", host),
                "Check http_proxy, https_proxy and all_proxy: http://PROXY:PORT"};
    switch (failure.code) {
        case CURLE_OPERATION_TIMEDOUT:
            return timed_out(failure, request);
        case CURLE_COULDNT_RESOLVE_HOST:
            return unknown_host(fmt::format("look up {}: no address found", host),
                                "Check the name, and this host's DNS.");
        case CURLE_COULDNT_RESOLVE_PROXY:
            return unknown_host(fmt::format("look up the proxy for {}: no address found", host),
                                "Check http_proxy, https_proxy and all_proxy.");
        case CURLE_COULDNT_CONNECT:
            return connect_failed(failure, request);
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_INVALIDCERTSTATUS:
            return not_trusted(failure, request);
        case CURLE_SSL_CACERT_BADFILE:
            return bad_authorities(failure, request);
        case CURLE_SSL_CONNECT_ERROR:
            return broken(fmt::format("TLS with {}: {}", host, failure.reason));
        case CURLE_GOT_NOTHING:
            return broken(fmt::format("request to {}: connection closed without an answer", host));
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY:
            return not_http(fmt::format("request to {}: the answer is not HTTP", host));
        case CURLE_OUT_OF_MEMORY:  // here: a header line exceeds libcurl's limit
#if LIBCURL_VERSION_NUM >= 0x080600
        case CURLE_TOO_LARGE:  // the same in later releases
#endif
            return not_http(fmt::format("read from {}: a header line is too long", host));
        case CURLE_URL_MALFORMAT:
        case CURLE_LOGIN_DENIED:
            return {ErrorCode::configuration,
                    fmt::format("request to {}: {}", host, failure.reason)};
        default:
            return broken(fmt::format("read from {}: connection lost: {}", host, failure.reason));
    }
}

}  // namespace inhaul::http
