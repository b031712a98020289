// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "transfer.hpp"

namespace inhaul::http {

/// One endless answer. It has its own multi handle, and so its own connection.
class Stream {
public:
    Stream(Request request, StreamEvents events);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    void start(const Transfer::Common& common);
    /// Adds the descriptors to wait for before the next advance(). See also its timeout in ms.
    void add_descriptors(std::vector<curl_waitfd>& waited) const;
    [[nodiscard]] long timeout() const;
    void advance();

    /// Reports no further event and drops received bytes.
    void close() { over_ = true; }
    [[nodiscard]] bool over() const { return over_; }

private:
    void read();
    void report();

    StreamEvents events_;
    Multi multi_;
    Transfer transfer_;     // after multi_: detaches before multi_ is freed
    std::string received_;  ///< not reported yet: no callback runs inside libcurl
    std::optional<Result<void>> end_;
    bool head_reported_ = false;
    bool over_ = false;
};

}  // namespace inhaul::http
