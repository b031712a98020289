// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string>

#include <curl/curl.h>

#include <inhaul/util/handle.hpp>
#include <inhaul/util/http.hpp>

/// One request in libcurl. Only this folder and mail.cpp may include this header.
namespace inhaul::http {

/// Adds a header line of a server, with or without its end. A status line removes the headers
/// before it: they belong to an interim answer.
void add_header(std::string_view line, Response& response);

/// Frees a header list after it has wiped its lines: one of them contains the token.
void free_wiped(curl_slist* list) noexcept;

using Easy = Handle<CURL, curl_easy_cleanup>;
using Multi = Handle<CURLM, curl_multi_cleanup>;
using HeaderList = Handle<curl_slist, free_wiped>;

/// Returns a multi handle, or an empty one if memory runs out.
[[nodiscard]] Multi new_multi();
/// Initialises libcurl once, so that it wipes memory that it frees. Returns false if it cannot.
[[nodiscard]] bool initialised();
/// Returns the system's directory of authorities, or "" if OpenSSL cannot look them up there.
[[nodiscard]] std::string hashed_authorities();

/// The facts that explain a failed transfer.
struct Failure {
    CURLcode code = CURLE_OK;
    std::string reason;  ///< libcurl's message
    int system_error = 0;
    bool looked_up = false;
    bool connected = false;
    bool answered = false;  ///< all header lines were read
    bool body_too_large = false;
    bool headers_too_large = false;
    long verify_result = 0;  ///< of the certificate of the server or proxy: X509_V_…
    int proxy_status = 0;    ///< the proxy's answer to CONNECT
};
[[nodiscard]] Error explain(const Failure& failure, const Request& request);

/// Fails if the request must not be sent.
[[nodiscard]] Result<void> check(const Request& request);

struct Leave {
    CURLM* multi = nullptr;
    void operator()(CURL* easy) const noexcept { curl_multi_remove_handle(multi, easy); }
};

/// A transfer from its start to its end. It must not move: libcurl has its address.
class Transfer {
public:
    Transfer(Request request, Client::Done done);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    struct Common {
        const std::string& user_agent;
        const std::string& authority_directory;  ///< empty: libcurl's default
    };
    /// Prepares the handle and adds it to `multi`. Caller must keep `multi` alive longer.
    [[nodiscard]] Result<void> attach(CURLM* multi, Easy easy, const Common& common);
    /// Returns the answer or the error. Caller must wait until libcurl reports the end.
    [[nodiscard]] Result<Response> result(CURLcode code);
    /// Detaches from the multi handle. Returns the easy handle with its TLS sessions for reuse.
    [[nodiscard]] Easy detach();

    [[nodiscard]] const Request& request() const { return request_; }
    [[nodiscard]] bool answered() const { return answered_; }  ///< all header lines were read
    /// Returns the status and header lines of the answer, before its body is complete.
    [[nodiscard]] Response head() const;
    /// Returns the number of bytes sent and received so far, of bodies and header lines.
    [[nodiscard]] std::uint64_t moved() const;
    Client::Done done;
    /// If set, receives the body piece by piece instead of the response.
    std::function<void(std::string_view)> sink;

private:
    void set_up(const Common& common);
    void set_up_tls(const Common& common);
    [[nodiscard]] bool build_headers();
    [[nodiscard]] bool append_authorization(std::string_view scheme, const Secret& value);
    [[nodiscard]] std::size_t take_header(std::string_view line);
    [[nodiscard]] std::size_t take_body(std::string_view bytes);
    [[nodiscard]] Failure failure(CURLcode code) const;
    [[nodiscard]] long number(CURLINFO what) const;
    [[nodiscard]] curl_off_t large_number(CURLINFO what) const;

    static std::size_t on_header(char* data, std::size_t size, std::size_t count,
                                 void* transfer) noexcept;
    static std::size_t on_body(char* data, std::size_t size, std::size_t count,
                               void* transfer) noexcept;

    Request request_;
    HeaderList headers_;
    Response response_;
    std::size_t header_bytes_ = 0;
    bool answered_ = false;
    bool body_too_large_ = false;
    bool headers_too_large_ = false;
    std::array<char, CURL_ERROR_SIZE> reason_{};
    Easy easy_;
    std::unique_ptr<CURL, Leave> attached_;  // after easy_: detaches before easy_ is freed
};

}  // namespace inhaul::http
