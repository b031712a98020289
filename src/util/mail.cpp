// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/mail.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#include <curl/curl.h>
#include <fmt/format.h>

#include <inhaul/util/handle.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include <util/http/transfer.hpp>
#include <util/smtp_replies.hpp>

namespace inhaul::mail {
namespace {

using EasyHandle = Handle<CURL, curl_easy_cleanup>;
using ListHandle = Handle<curl_slist, curl_slist_free_all>;

/// One conversation with a server.
struct MailTransfer {
    std::string_view rest;  ///< of the text
    bool login_needed = false;
    SmtpReplies replies;

    static std::size_t read(char* buffer, std::size_t size, std::size_t count,
                            void* self) noexcept {
        auto& transfer = *static_cast<MailTransfer*>(self);
        // libcurl also sends to a server that offers no login.
        if (transfer.login_needed && !transfer.replies.logged_in) return CURL_READFUNC_ABORT;
        const auto part = transfer.rest.substr(0, size * count);
        std::memcpy(buffer, part.data(), part.size());
        transfer.rest.remove_prefix(part.size());
        return part.size();
    }

    static std::size_t reply(char* data, std::size_t size, std::size_t count, void* self) noexcept {
        static_cast<MailTransfer*>(self)->replies.add({data, size * count});
        return size * count;
    }
};

void set_up(CURL* easy, const Message& mail, const curl_slist* to, MailTransfer& transfer,
            std::array<char, CURL_ERROR_SIZE>& reason) {
    const auto url = Url::parse(mail.url);
    // On this host nobody else reads the connection.
    const bool plain = url && url->scheme == "smtp" && is_loopback(url->host) && !mail.login;
    curl_easy_setopt(easy, CURLOPT_URL, mail.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_USE_SSL,
                     static_cast<long>(plain ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    const bool verified = !plain || mail.ca_file;
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verified ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verified ? 2L : 0L);
    if (mail.ca_file) {
        const char* const none = nullptr;
        curl_easy_setopt(easy, CURLOPT_CAINFO, mail.ca_file->c_str());
        curl_easy_setopt(easy, CURLOPT_CAPATH, none);
    }
    if (mail.login) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, mail.login->user.c_str());
        curl_easy_setopt(easy, CURLOPT_PASSWORD, mail.login->password.reveal().c_str());
    }
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, mail.from.c_str());
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &MailTransfer::read);
    curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &MailTransfer::reply);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(mail.deadline.count()));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason.data());
}

}  // namespace

void SmtpReplies::add(std::string_view line) {
    constexpr std::string_view login_accepted{"235"};
    if (line.starts_with(login_accepted)) logged_in = true;
    if (line.size() > login_accepted.size() && (line[0] == '4' || line[0] == '5'))
        refusal = printable(trimmed(line));
}

Reply send(const Message& mail) {
    const EasyHandle easy{http::initialised() ? curl_easy_init() : nullptr};
    ListHandle to;
    for (const auto& address : mail.to) {
        auto* const longer = curl_slist_append(to.get(), address.c_str());
        if (longer == nullptr) return {.what = "out of memory"};
        (void)to.release();
        to.reset(longer);
    }
    if (!easy) return {.what = "out of memory"};
    MailTransfer transfer{.rest = mail.text, .login_needed = mail.login.has_value(), .replies = {}};
    std::array<char, CURL_ERROR_SIZE> reason{};
    set_up(easy.get(), mail, to.get(), transfer, reason);
    const auto result = curl_easy_perform(easy.get());
    long code = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &code);
    Reply reply{.code = static_cast<int>(code), .sent = result == CURLE_OK, .what = {}};
    if (reply.sent) return reply;
    if (transfer.login_needed && !transfer.replies.logged_in && result == CURLE_ABORTED_BY_CALLBACK)
        reply.what = "the server offers no login: nothing was sent";
    else if (!transfer.replies.refusal.empty())
        reply.what = "the server answered: " + transfer.replies.refusal;
    else
        reply.what = printable(reason.front() != '\0' ? reason.data() : curl_easy_strerror(result));
    return reply;
}

}  // namespace inhaul::mail
