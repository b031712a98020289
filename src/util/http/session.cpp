// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/http_session.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "transfer.hpp"

namespace inhaul::http {

struct Session::State {
    explicit State(const SessionTimeouts& limits)
        : timeouts(limits), authorities(hashed_authorities()), multi(new_multi()) {}

    Result<void> start(Request request);
    /// Waits until the transfer makes progress. Fails if the transfer has failed or timed out.
    Result<void> step();
    void advance();
    [[nodiscard]] std::optional<std::string> why_gone(SteadyPoint now);
    [[nodiscard]] Milliseconds until_gone(SteadyPoint now) const;
    Result<void> give_up(Error error);

    std::string agent = user_agent();
    SessionTimeouts timeouts;
    std::string authorities;
    Multi multi;
    Easy idle;                           ///< keeps its TLS sessions for the next request
    std::unique_ptr<Transfer> transfer;  // after multi: detaches before multi is freed
    std::optional<Error> failure;
    bool ended = true;
    Response answer;   ///< complete once `ended`
    std::string body;  ///< unread from `read_up_to` on
    std::size_t read_up_to = 0;

    /// A count of transferred bytes, and when it was reached.
    struct Mark {
        std::uint64_t bytes = 0;
        SteadyPoint at;
    };
    Mark last_moved;
    Mark window;  ///< the start of the count for `min_bytes`
};

Result<void> Session::State::start(Request request) {
    if (transfer) idle = transfer->detach();
    transfer.reset();
    failure.reset();
    ended = false;
    body.clear();
    read_up_to = 0;
    request.limits.connect = timeouts.connect;
    request.limits.total = Milliseconds{0};
    transfer = std::make_unique<Transfer>(std::move(request), nullptr);
    transfer->sink = [this](std::string_view bytes) { body += bytes; };
    TRY(check(transfer->request()));
    if (!multi) multi = new_multi();
    last_moved = window = {0, system_clock().steady()};
    return transfer->attach(multi.get(), std::move(idle),
                            {.user_agent = agent, .authority_directory = authorities});
}

Result<void> Session::State::give_up(Error error) {
    ended = true;
    failure = error;
    // Close the connection: after one lost answer, the next one may be lost as well.
    transfer.reset();
    multi.reset();
    return fail(std::move(error));
}

void Session::State::advance() {
    int running = 0;
    curl_multi_perform(multi.get(), &running);
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        ended = true;
        auto result = transfer->result(message->data.result);
        if (result)
            answer = std::move(*result);
        else
            failure = std::move(result.error());
    }
}

Milliseconds Session::State::until_gone(SteadyPoint now) const {
    const auto silent = now - last_moved.at;
    const auto patient =
        (last_moved.bytes == 0 ? timeouts.connect : Milliseconds{0}) + timeouts.silence;
    const auto within = timeouts.min_rate_window - (now - window.at);
    return std::clamp(std::min(patient - silent, within), Milliseconds{0}, Milliseconds{60'000});
}

std::optional<std::string> Session::State::why_gone(SteadyPoint now) {
    if (const auto moved = transfer->moved(); moved != last_moved.bytes) last_moved = {moved, now};
    if (last_moved.bytes - window.bytes >= timeouts.min_bytes) window = last_moved;
    if (until_gone(now) > Milliseconds{0}) return std::nullopt;
    if (now - window.at < timeouts.min_rate_window)
        return fmt::format("silent for {}", format_duration(timeouts.silence));
    return fmt::format("fewer than {} bytes in {}", timeouts.min_bytes,
                       format_duration(timeouts.min_rate_window));
}

Result<void> Session::State::step() {
    advance();
    if (failure) return give_up(*failure);
    if (ended || read_up_to < body.size()) return {};
    const auto now = system_clock().steady();
    if (const auto reason = why_gone(now)) {
        const auto origin = origin_of(transfer->request().url);
        return give_up({ErrorCode::timeout,
                        fmt::format("read from {}: {}", origin ? origin->host : "", *reason),
                        {},
                        true});
    }
    curl_multi_poll(multi.get(), nullptr, 0, static_cast<int>(until_gone(now).count()), nullptr);
    return {};
}

Session::Session(SessionTimeouts timeouts) : state_(std::make_unique<State>(timeouts)) {}
Session::~Session() = default;

Result<Response> Session::send(Request request) {
    TRY(state_->start(std::move(request)));
    while (!state_->ended && !state_->transfer->answered())
        TRY(state_->step());
    if (state_->failure) return fail(*state_->failure);
    return state_->ended ? std::move(state_->answer) : state_->transfer->head();
}

Result<std::size_t> Session::read(char* buffer, std::size_t size) {
    auto& state = *state_;
    while (!state.ended && state.read_up_to == state.body.size()) {
        state.body.clear();
        state.read_up_to = 0;
        TRY(state.step());
    }
    if (state.failure) return fail(*state.failure);
    const auto count = state.body.copy(buffer, size, state.read_up_to);
    state.read_up_to += count;
    return count;
}

}  // namespace inhaul::http
