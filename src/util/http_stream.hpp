// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "http_transfer.hpp"

namespace inhaul::http {

/// One answer without an end, on a multi handle and so a connection of its own.
class Stream {
public:
    Stream(Request request, StreamEvents events);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    void start(const Transfer::Common& common);
    /// What to wait for before advance() is called again, beside a time in milliseconds.
    void add_descriptors(std::vector<curl_waitfd>& waited) const;
    [[nodiscard]] long timeout() const;
    void advance();

    /// No event is told any more; what has come is dropped.
    void close() { over_ = true; }
    [[nodiscard]] bool over() const { return over_; }

private:
    void read();
    void tell();

    StreamEvents events_;
    Multi multi_;
    Transfer transfer_;     // after multi_: leaves it before its end
    std::string received_;  ///< not told yet: no event runs inside of curl
    std::optional<Result<void>> end_;
    bool head_told_ = false;
    bool over_ = false;
};

}  // namespace inhaul::http
