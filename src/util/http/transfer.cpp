// SPDX-License-Identifier: Apache-2.0
#include "transfer.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

namespace inhaul::http {
namespace {

/// Longer than usual poll intervals. With libcurl's default of 118 s, each poll of a slower app
/// would need a new TLS handshake.
constexpr long idle_connection_seconds = 600;
/// Answers without news have a few hundred bytes. libcurl's default is 16 kB for each transfer.
constexpr long buffer_bytes = 4096;
constexpr long stream_buffer_bytes = 32 * 1024;
/// The time after which the kernel closes a connection with unacknowledged bytes. Without it, the
/// kernel retransmits to a vanished peer (a NAT that lost its entry) for a quarter of an hour. Each
/// request goes over that connection again.
constexpr unsigned unacknowledged_milliseconds = 20'000;

int on_socket(void* /*data*/, curl_socket_t socket, curlsocktype /*purpose*/) noexcept {
    ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_milliseconds,
                 sizeof unacknowledged_milliseconds);
    return CURL_SOCKOPT_OK;
}

/// Returns the credentials for basic authentication (RFC 7617).
Secret basic(const Login& login) {
    std::string plain;
    plain.reserve(login.user.size() + 1 + login.password.reveal().size());
    plain.append(login.user).append(":").append(login.password.reveal());
    const Secret kept{std::move(plain)};
    std::string encoded(4 * (kept.reveal().size() / 3 + 1) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                     reinterpret_cast<const unsigned char*>(kept.reveal().data()),
                                     static_cast<int>(kept.reveal().size()));
    encoded.resize(static_cast<std::size_t>(size));
    return Secret{std::move(encoded)};
}

bool append(HeaderList& list, const char* line) {
    auto* const longer = curl_slist_append(list.get(), line);
    if (longer == nullptr) return false;
    static_cast<void>(list.release());
    list.reset(longer);
    return true;
}

}  // namespace

void add_header(std::string_view line, Response& response) {
    const auto text = trimmed(line);
    if (text.starts_with("HTTP/"))
        response.headers.clear();
    else if (const auto colon = text.find(':'); colon != std::string_view::npos)
        response.headers.emplace_back(lower_case(text.substr(0, colon)),
                                      trimmed(text.substr(colon + 1)));
}

void free_wiped(curl_slist* list) noexcept {
    for (auto* line = list; line != nullptr; line = line->next)
        OPENSSL_cleanse(line->data, std::strlen(line->data));
    curl_slist_free_all(list);
}

Transfer::Transfer(Request request, Client::Done callback)
    : done(std::move(callback)), request_(std::move(request)) {}

Result<void> Transfer::attach(CURLM* multi, Easy easy, const Common& common) {
    easy_ = easy ? std::move(easy) : Easy{curl_easy_init()};
    if (!easy_ || !build_headers())
        return fail(ErrorCode::internal, "start a request: out of memory", {}, true);
    set_up(common);
    set_up_tls(common);
    if (const auto added = curl_multi_add_handle(multi, easy_.get()); added != CURLM_OK)
        return fail(ErrorCode::internal,
                    std::string{"start a request: "} + curl_multi_strerror(added));
    attached_ = {easy_.get(), Leave{multi}};
    return {};
}

void Transfer::set_up(const Common& common) {
    auto* const easy = easy_.get();
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    if (request_.body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body->data());
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request_.body->size()));
        if (!request_.idempotent) {
            curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
            curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
        }
    }
    if (request_.deletes) curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, common.user_agent.c_str());
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(request_.limits.connect.count()));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.limits.total.count()));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    // Do not wait for a silent name server at the end of the transfer.
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    // Wait to share a connection only with TLS, whose handshake shows whether it can be shared. In
    // plain HTTP only the first answer shows it, and a server that hangs would block all requests.
    if (has_scheme(request_.url, "https")) curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, idle_connection_seconds);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &on_socket);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, sink ? stream_buffer_bytes : buffer_bytes);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason_.data());
    curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
    if (request_.direct) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
}

void Transfer::set_up_tls(const Common& common) {
    auto* const easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    const char* const none = nullptr;
    if (request_.ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, request_.ca_file->c_str());
        curl_easy_setopt(easy, CURLOPT_CAPATH, none);
        curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, request_.ca_file->c_str());
    } else if (!common.authority_directory.empty()) {
        // From the directory, OpenSSL reads only the needed authority by its hash. The bundle has
        // over a hundred, which need some megabytes once they are parsed.
        curl_easy_setopt(easy, CURLOPT_CAINFO, none);
        curl_easy_setopt(easy, CURLOPT_CAPATH, common.authority_directory.c_str());
    }
}

bool Transfer::build_headers() {
    for (const auto& line : request_.headers)
        if (!append(headers_, line.c_str())) return false;
    if (request_.login) return append_authorization("Basic ", basic(*request_.login));
    return !request_.bearer || append_authorization("Bearer ", *request_.bearer);
}

bool Transfer::append_authorization(std::string_view scheme, const Secret& value) {
    const std::string_view name = "Authorization: ";
    std::string line;
    // Growing would leave a copy in freed memory.
    line.reserve(name.size() + scheme.size() + value.reveal().size());
    line.append(name).append(scheme).append(value.reveal());
    const Secret kept{std::move(line)};
    return append(headers_, kept.reveal().c_str());
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count,
                                void* transfer) noexcept {
    return static_cast<Transfer*>(transfer)->take_header({data, size * count});
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count,
                              void* transfer) noexcept {
    return static_cast<Transfer*>(transfer)->take_body({data, size * count});
}

std::size_t Transfer::take_header(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > request_.limits.headers) {
        headers_too_large_ = true;
        return CURL_WRITEFUNC_ERROR;
    }
    if (answered_) return line.size();  // trailers are not needed
    if (trimmed(line).empty())
        answered_ = number(CURLINFO_RESPONSE_CODE) >= 200;
    else
        add_header(line, response_);
    return line.size();
}

std::size_t Transfer::take_body(std::string_view bytes) {
    if (sink) {
        sink(bytes);
        return bytes.size();
    }
    if (bytes.size() > request_.limits.body - response_.body.size()) {
        body_too_large_ = true;
        return CURL_WRITEFUNC_ERROR;
    }
    response_.body += bytes;
    return bytes.size();
}

Failure Transfer::failure(CURLcode code) const {
    const auto of_server = number(CURLINFO_SSL_VERIFYRESULT);
    return {.code = code,
            .reason = reason_[0] != '\0' ? reason_.data() : curl_easy_strerror(code),
            .system_error = static_cast<int>(number(CURLINFO_OS_ERRNO)),
            .looked_up = large_number(CURLINFO_NAMELOOKUP_TIME_T) > 0,
            .connected = large_number(CURLINFO_PRETRANSFER_TIME_T) > 0,
            .answered = answered_,
            .body_too_large = body_too_large_,
            .headers_too_large = headers_too_large_,
            .verify_result = of_server != 0 ? of_server : number(CURLINFO_PROXY_SSL_VERIFYRESULT),
            .proxy_status = static_cast<int>(number(CURLINFO_HTTP_CONNECTCODE))};
}

std::uint64_t Transfer::moved() const {
    return header_bytes_ + static_cast<std::uint64_t>(large_number(CURLINFO_SIZE_UPLOAD_T)) +
           static_cast<std::uint64_t>(large_number(CURLINFO_SIZE_DOWNLOAD_T));
}

Result<Response> Transfer::result(CURLcode code) {
    // libcurl reports a connection that ends within the header lines as an empty answer.
    if (code == CURLE_OK && !answered_) code = CURLE_RECV_ERROR;
    if (code != CURLE_OK) return fail(explain(failure(code), request_));
    response_.status = static_cast<int>(number(CURLINFO_RESPONSE_CODE));
    switch (number(CURLINFO_HTTP_VERSION)) {
        case CURL_HTTP_VERSION_1_0:
            response_.http_version = 10;
            break;
        case CURL_HTTP_VERSION_1_1:
            response_.http_version = 11;
            break;
        case CURL_HTTP_VERSION_2_0:
            response_.http_version = 20;
            break;
        default:
            break;
    }
    response_.bytes_sent = static_cast<std::uint64_t>(number(CURLINFO_REQUEST_SIZE));
    response_.bytes_received = static_cast<std::uint64_t>(number(CURLINFO_HEADER_SIZE)) +
                               static_cast<std::uint64_t>(large_number(CURLINFO_SIZE_DOWNLOAD_T));
    return std::move(response_);
}

Response Transfer::head() const {
    return {.status = static_cast<int>(number(CURLINFO_RESPONSE_CODE)),
            .headers = response_.headers};
}

Easy Transfer::detach() {
    attached_.reset();
    return std::move(easy_);
}

long Transfer::number(CURLINFO what) const {
    long value = 0;
    curl_easy_getinfo(easy_.get(), what, &value);
    return value;
}

curl_off_t Transfer::large_number(CURLINFO what) const {
    curl_off_t value = 0;
    curl_easy_getinfo(easy_.get(), what, &value);
    return value;
}

}  // namespace inhaul::http
