// SPDX-License-Identifier: Apache-2.0
#include "stream.hpp"

#include <sys/select.h>

namespace inhaul::http {

Stream::Stream(Request request, StreamEvents events)
    : events_(std::move(events)), multi_(new_multi()), transfer_(std::move(request), nullptr) {
    transfer_.sink = [this](std::string_view bytes) { received_ += bytes; };
}

void Stream::start(const Transfer::Common& common) {
    auto started = check(transfer_.request());
    if (started) started = transfer_.attach(multi_.get(), {}, common);
    if (!started) end_ = std::move(started);
}

void Stream::add_descriptors(std::vector<curl_waitfd>& waited) const {
    ::fd_set reading;
    ::fd_set writing;
    ::fd_set failing;
    FD_ZERO(&reading);
    FD_ZERO(&writing);
    FD_ZERO(&failing);
    int last = -1;
    curl_multi_fdset(multi_.get(), &reading, &writing, &failing, &last);
    for (int descriptor = 0; descriptor <= last; ++descriptor) {
        short events = 0;
        if (FD_ISSET(descriptor, &reading)) events |= CURL_WAIT_POLLIN;
        if (FD_ISSET(descriptor, &writing)) events |= CURL_WAIT_POLLOUT;
        if (events != 0) waited.push_back({.fd = descriptor, .events = events, .revents = 0});
    }
}

long Stream::timeout() const {
    long milliseconds = -1;
    if (end_) return 0;
    curl_multi_timeout(multi_.get(), &milliseconds);
    return milliseconds;
}

void Stream::read() {
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const auto answer = transfer_.result(message->data.result);
        end_ = answer ? Result<void>{} : Result<void>{fail(answer.error())};
        if (answer && !std::exchange(head_reported_, true)) events_.head(*answer);
    }
}

void Stream::advance() {
    if (!end_) read();
    report();
}

void Stream::report() {
    if (!over_ && !head_reported_ && !end_ && transfer_.answered()) {
        head_reported_ = true;
        events_.head(transfer_.head());
    }
    const auto bytes = std::exchange(received_, {});
    if (!over_ && !bytes.empty()) events_.body(bytes);
    if (!over_ && end_) {
        over_ = true;
        events_.ended(std::move(*end_));
    }
}

}  // namespace inhaul::http
