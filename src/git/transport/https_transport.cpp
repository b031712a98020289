// SPDX-License-Identifier: Apache-2.0
#include "https_transport.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <git2/sys/transport.h>
#if __has_include(<git2/sys/errors.h>)
#include <git2/sys/errors.h>
#endif

#include <inhaul/util/text.hpp>

#include "packet_line.hpp"
#include "smart_http.hpp"

namespace inhaul::git {
namespace {

/// A subtransport of libgit2: begins with libgit2's C structure.
struct HttpsSubtransport {
    git_smart_subtransport base{};
    FetchContext* context = nullptr;
    std::unique_ptr<SmartHttp> http;
};

/// One request and its response. A fetch has several.
struct HttpsStream {
    git_smart_subtransport_stream base{};
    HttpsSubtransport* transport = nullptr;
    std::string request;
    std::string end;  ///< the last bytes of the response so far
    bool sent = false;
};

/// The list of refs, generated before libgit2 reads it.
struct ListStream {
    git_smart_subtransport_stream base{};
    std::string text;
    std::size_t read_up_to = 0;
};

HttpsSubtransport* https_subtransport_of(git_smart_subtransport* base) {
    return reinterpret_cast<HttpsSubtransport*>(base);
}
template <class Stream>
Stream* stream_of(git_smart_subtransport_stream* base) {
    return reinterpret_cast<Stream*>(base);
}

int refuse_https(FetchContext& context, Error error) {
    git_error_set_str(GIT_ERROR_HTTP, error.message.c_str());
    if (!context.failure) context.failure = std::move(error);
    return -1;
}

int write_request(git_smart_subtransport_stream* base, const char* buffer,
                  std::size_t size) noexcept {
    stream_of<HttpsStream>(base)->request.append(buffer, size);
    return 0;
}

/// Reports an error message that a server sends instead of a response, or at its end. libgit2 would
/// report an early end. If the server refuses the commit in `known_head`, the head is requested.
int refuse_complaint(FetchContext& context, std::string_view complaint) {
    auto error = Error{ErrorCode::protocol,
                       fmt::format("fetch {}: the server reports: {}", context.access.url,
                                   printable(trimmed(complaint), 400))};
    if (!context.known_head) return refuse_https(context, std::move(error));
    context.denied = true;
    git_error_set_str(GIT_ERROR_HTTP, error.message.c_str());
    return -1;
}

void keep_end(std::string& end, std::string_view part) {
    constexpr std::size_t most = 1024;
    end.append(part.substr(part.size() - std::min(part.size(), most)));
    end.erase(0, end.size() - std::min(end.size(), most));
}

int read_answer(git_smart_subtransport_stream* base, char* buffer, std::size_t size,
                std::size_t* count) noexcept {
    auto& stream = *stream_of<HttpsStream>(base);
    auto& context = *stream.transport->context;
    *count = 0;
    const bool first = !std::exchange(stream.sent, true);
    if (first) {
        if (auto sent = stream.transport->http->upload_pack(std::move(stream.request)); !sent)
            return refuse_https(context, std::move(sent.error()));
    }
    auto read = stream.transport->http->read(buffer, size);
    if (!read) return refuse_https(context, std::move(read.error()));
    *count = *read;
    const std::string_view part{buffer, *read};
    const auto complaint = first          ? leading_error(part)
                           : part.empty() ? sideband_error(stream.end)
                                          : std::string_view{};
    if (!complaint.empty()) return refuse_complaint(context, complaint);
    keep_end(stream.end, part);
    return 0;
}

int read_list(git_smart_subtransport_stream* base, char* buffer, std::size_t size,
              std::size_t* count) noexcept {
    auto& stream = *stream_of<ListStream>(base);
    *count = stream.text.copy(buffer, size, stream.read_up_to);
    stream.read_up_to += *count;
    return 0;
}

int write_nothing(git_smart_subtransport_stream* /*base*/, const char* /*buffer*/,
                  std::size_t /*size*/) noexcept {
    return -1;
}

template <class Stream>
void free_stream(git_smart_subtransport_stream* base) noexcept {
    delete stream_of<Stream>(base);
}

int begin_list(git_smart_subtransport_stream** out, HttpsSubtransport& transport) {
    auto& context = *transport.context;
    const auto head = context.known_head ? Result<CommitId>{*context.known_head}
                                         : transport.http->head_of(context.branch);
    if (!head) return refuse_https(context, head.error());
    auto* const stream = new ListStream;
    stream->base = {.subtransport = &transport.base,
                    .read = read_list,
                    .write = write_nothing,
                    .free = free_stream<ListStream>};
    stream->text = advertisement_of(context.branch, *head);
    *out = &stream->base;
    return 0;
}

int open_https_stream(git_smart_subtransport_stream** out, git_smart_subtransport* base,
                      const char* /*url*/, git_smart_service_t service) noexcept {
    auto& transport = *https_subtransport_of(base);
    if (service == GIT_SERVICE_UPLOADPACK_LS) return begin_list(out, transport);
    if (service != GIT_SERVICE_UPLOADPACK)
        return refuse_https(*transport.context,
                            {ErrorCode::internal, "https: only fetching is supported"});
    auto* const stream = new HttpsStream;
    stream->base = {.subtransport = base,
                    .read = read_answer,
                    .write = write_request,
                    .free = free_stream<HttpsStream>};
    stream->transport = &transport;
    *out = &stream->base;
    return 0;
}

int close_https_subtransport(git_smart_subtransport* /*base*/) noexcept {
    return 0;
}

void free_https_subtransport(git_smart_subtransport* base) noexcept {
    delete https_subtransport_of(base);
}

int make_https_subtransport(git_smart_subtransport** out, git_transport* /*owner*/,
                            void* context) noexcept {
    auto* const made = new HttpsSubtransport;
    made->context = static_cast<FetchContext*>(context);
    made->base = {.action = open_https_stream,
                  .close = close_https_subtransport,
                  .free = free_https_subtransport};
    made->http = std::make_unique<SmartHttp>(made->context->access);
    *out = &made->base;
    return 0;
}

}  // namespace

int make_https_transport(git_transport** out, git_remote* owner, void* context) noexcept {
    git_smart_subtransport_definition definition{
        .callback = make_https_subtransport, .rpc = 1, .param = context};
    return git_transport_smart(out, owner, &definition);
}

}  // namespace inhaul::git
