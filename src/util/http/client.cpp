// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/http.hpp>

#include <algorithm>
#include <limits>
#include <map>

#include <fmt/format.h>

#include <inhaul/version.hpp>

#include "stream.hpp"
#include "transfer.hpp"

namespace inhaul::http {
namespace {

/// The number of idle handles to keep for the TLS sessions in them.
constexpr std::size_t idle_handles = 4;
int poll_milliseconds(Milliseconds timeout) {
    constexpr Milliseconds longest{std::numeric_limits<int>::max()};
    return static_cast<int>(std::clamp(timeout, Milliseconds{0}, longest).count());
}

struct IdleHandle {
    Origin origin;
    Easy easy;
};

}  // namespace

struct Client::State {
    explicit State(std::string agent)
        : user_agent(std::move(agent)), authorities(hashed_authorities()), multi(new_multi()) {}

    void start(Request request, Done done);
    void wait(std::vector<Waited>& descriptors, Milliseconds timeout);
    void run_deferred();
    void advance();
    void advance_streams();
    void wait_for_streams(Milliseconds& timeout);
    void finish(Transfer* transfer, CURLcode code);
    Easy take_idle(const Request& request);
    void keep_idle(const Request& request, Easy easy);
    void drop_doubtful_connections();

    std::string user_agent;
    std::string authorities;
    Multi multi;
    /// An answer failed to arrive: the open connections may lose the next one as well.
    bool doubtful = false;
    std::vector<IdleHandle> idle;
    std::vector<std::unique_ptr<Transfer>> transfers;  // after multi: detach before it is freed
    std::map<StreamId, std::unique_ptr<Stream>> streams;
    StreamId streams_so_far = 0;
    std::vector<std::function<void()>> deferred;
    std::vector<curl_waitfd> waited;  // a member, so that an idle wait does not allocate
};

void Client::State::start(Request request, Done done) {
    auto transfer = std::make_unique<Transfer>(std::move(request), std::move(done));
    auto started = check(transfer->request());
    if (started) {
        drop_doubtful_connections();
        started = transfer->attach(multi.get(), take_idle(transfer->request()),
                                   {.user_agent = user_agent, .authority_directory = authorities});
    }
    if (started) return transfers.push_back(std::move(transfer));
    deferred.emplace_back([done = std::move(transfer->done), error = std::move(started.error())] {
        done(fail(error));
    });
}

/// With HTTP/2, libcurl keeps a connection after a stream on it timed out, and would send each
/// retry over it.
void Client::State::drop_doubtful_connections() {
    if (!doubtful || !transfers.empty()) return;
    if (auto fresh = new_multi()) multi = std::move(fresh);
    doubtful = false;
}

Easy Client::State::take_idle(const Request& request) {
    const auto origin = origin_of(request.url);
    const auto found = std::find_if(idle.begin(), idle.end(),
                                    [&](const auto& handle) { return handle.origin == origin; });
    if (found == idle.end()) return {};
    auto easy = std::move(found->easy);
    idle.erase(found);
    return easy;
}

void Client::State::keep_idle(const Request& request, Easy easy) {
    if (idle.size() >= idle_handles) idle.erase(idle.begin());
    // The options point into the transfer, which is destroyed next.
    curl_easy_reset(easy.get());
    if (auto origin = origin_of(request.url)) idle.push_back({std::move(*origin), std::move(easy)});
}

void Client::State::wait(std::vector<Waited>& descriptors, Milliseconds timeout) {
    waited.clear();
    std::erase_if(streams, [](const auto& entry) { return entry.second->over(); });
    for (const auto& descriptor : descriptors)
        waited.push_back({.fd = descriptor.descriptor, .events = CURL_WAIT_POLLIN, .revents = 0});
    wait_for_streams(timeout);
    if (!deferred.empty()) timeout = Milliseconds{0};
    curl_multi_poll(multi.get(), waited.data(), static_cast<unsigned>(waited.size()),
                    poll_milliseconds(timeout), nullptr);
    for (std::size_t i = 0; i < descriptors.size(); ++i)
        descriptors[i].ready = waited[i].revents != 0;
}

void Client::State::wait_for_streams(Milliseconds& timeout) {
    for (const auto& [id, stream] : streams) {
        stream->add_descriptors(waited);
        if (const long soonest = stream->timeout(); soonest >= 0)
            timeout = std::min(timeout, Milliseconds{soonest});
    }
}

/// An event's callback may open and close streams, also its own.
void Client::State::advance_streams() {
    std::vector<StreamId> ids;
    for (const auto& [id, stream] : streams)
        ids.push_back(id);
    for (const auto id : ids)
        streams.at(id)->advance();
}

void Client::State::run_deferred() {
    const auto due = std::exchange(deferred, {});
    for (const auto& action : due)
        action();
}

void Client::State::advance() {
    if (transfers.empty()) return;
    int running = 0;
    curl_multi_perform(multi.get(), &running);
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const auto code = message->data.result;
        char* transfer = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        finish(reinterpret_cast<Transfer*>(transfer), code);
    }
}

void Client::State::finish(Transfer* transfer, CURLcode code) {
    const auto found = std::find_if(transfers.begin(), transfers.end(),
                                    [&](const auto& each) { return each.get() == transfer; });
    const auto ended = std::move(*found);
    transfers.erase(found);
    auto result = ended->result(code);
    keep_idle(ended->request(), ended->detach());
    if (!result && result.error().transient) doubtful = true;
    ended->done(std::move(result));
}

std::string user_agent() {
    return fmt::format("git/2.0 (inhaul/{})", version);
}

Client::Client(std::string user_agent) : state_(std::make_unique<State>(std::move(user_agent))) {}
Client::~Client() = default;

void Client::start(Request request, Done done) {
    state_->start(std::move(request), std::move(done));
}

void Client::defer(std::function<void()> action) {
    state_->deferred.push_back(std::move(action));
}

StreamId Client::open(Request request, StreamEvents events) {
    request.limits.total = Milliseconds{0};
    auto stream = std::make_unique<Stream>(std::move(request), std::move(events));
    stream->start({.user_agent = state_->user_agent, .authority_directory = state_->authorities});
    const auto id = ++state_->streams_so_far;
    state_->streams.emplace(id, std::move(stream));
    return id;
}

void Client::close(StreamId stream) {
    const auto found = state_->streams.find(stream);
    if (found != state_->streams.end()) found->second->close();
}

std::size_t Client::running() const {
    return state_->transfers.size() + state_->deferred.size();
}

void Client::poll(std::vector<Waited>& descriptors, Milliseconds timeout) {
    state_->wait(descriptors, timeout);
    state_->run_deferred();
    state_->advance();
    state_->advance_streams();
}

Result<Response> fetch(Client& client, Request request) {
    std::optional<Result<Response>> answer;
    client.start(std::move(request),
                 [&](Result<Response> result) { answer.emplace(std::move(result)); });
    std::vector<Waited> nothing_else;
    while (!answer)
        client.poll(nothing_else, Milliseconds::max());
    return std::move(*answer);
}

}  // namespace inhaul::http
