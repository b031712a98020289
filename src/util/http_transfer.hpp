// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string>

#include <curl/curl.h>

#include <inhaul/util/handle.hpp>
#include <inhaul/util/http.hpp>

/// One request on curl's side; nothing outside http*.cpp includes this.
namespace inhaul::http {

/// Frees a header list after wiping its lines: one of them holds the token.
void free_wiped(curl_slist* list) noexcept;

using Easy = Handle<CURL, curl_easy_cleanup>;
using Multi = Handle<CURLM, curl_multi_cleanup>;
using HeaderList = Handle<curl_slist, free_wiped>;

/// A multi handle with curl made ready; empty when memory is short.
[[nodiscard]] Multi new_multi();
/// The system's directory of authorities if OpenSSL can look them up there, else nothing.
[[nodiscard]] std::string hashed_authorities();

/// What a failed transfer is explained from.
struct Failure {
    CURLcode code = CURLE_OK;
    std::string reason;  ///< curl's own words
    int system_error = 0;
    bool looked_up = false;
    bool connected = false;
    bool answered = false;  ///< all header lines were read
    bool body_too_large = false;
    bool headers_too_large = false;
    int proxy_status = 0;  ///< of a proxy that was asked for a tunnel
};
[[nodiscard]] Error explain(const Failure& failure, const Request& request);

/// The error of a request that must not be sent as it stands.
[[nodiscard]] Result<void> check(const Request& request);

struct Leave {
    CURLM* multi = nullptr;
    void operator()(CURL* easy) const noexcept { curl_multi_remove_handle(multi, easy); }
};

/// A transfer from its start to its end. Lives at one address: curl points to it.
class Transfer {
public:
    Transfer(Request request, Client::Done done);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    struct Common {
        const std::string& user_agent;
        const std::string& authority_directory;  ///< empty: curl's own default
    };
    /// Sets the handle up and lets it run in `multi`, which must live longer.
    [[nodiscard]] Result<void> attach(CURLM* multi, Easy easy, const Common& common);
    /// What came of it, once curl says that it has ended.
    [[nodiscard]] Result<Response> result(CURLcode code);
    /// Leaves the multi handle; the easy one, with its TLS sessions, may serve again.
    [[nodiscard]] Easy detach();

    [[nodiscard]] const Request& request() const { return request_; }
    [[nodiscard]] bool answered() const { return answered_; }  ///< all header lines were read
    /// The answer's status and header lines, while its body still comes.
    [[nodiscard]] Response head() const;
    /// Bytes that went out or came in so far, of the body and of header lines.
    [[nodiscard]] std::uint64_t moved() const;
    Client::Done done;
    /// Takes the body in place of the response, piece by piece.
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
    std::unique_ptr<CURL, Leave> attached_;  // after easy_: leaves before that is freed
};

}  // namespace inhaul::http
