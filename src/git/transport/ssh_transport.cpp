// SPDX-License-Identifier: Apache-2.0
#include "ssh_transport.hpp"

#include <array>
#include <cerrno>

#include <git2/sys/transport.h>
#if __has_include(<git2/sys/errors.h>)
#include <git2/sys/errors.h>
#endif
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "ssh_command.hpp"

namespace inhaul::git {
namespace {

constexpr std::size_t errors_limit = 8 * 1024;

/// A subtransport of libgit2 and its stream: they begin with libgit2's C structures.
struct SshStream {
    git_smart_subtransport_stream base{};
    FetchContext* context = nullptr;
    std::optional<process::Child> ssh;
    std::string errors;     ///< standard error
    bool received = false;  ///< the server has sent something
};

struct SshSubtransport {
    git_smart_subtransport base{};
    FetchContext* context = nullptr;
    SshStream stream;
};

SshStream* stream_of(git_smart_subtransport_stream* base) {
    return reinterpret_cast<SshStream*>(base);
}
SshSubtransport* ssh_subtransport_of(git_smart_subtransport* base) {
    return reinterpret_cast<SshSubtransport*>(base);
}

int refuse_ssh(FetchContext& context, Error error) {
    git_error_set_str(GIT_ERROR_SSH, error.message.c_str());
    if (!context.failure) context.failure = std::move(error);
    return -1;
}

/// Returns the time limit for the server. ssh itself ends if it cannot connect in time, and gives
/// the reason, so wait for that too.
Milliseconds time_limit(const SshStream& stream) {
    const auto& timeouts = stream.context->access.timeouts;
    return stream.received ? timeouts.silence : timeouts.connect + timeouts.silence;
}

/// Waits for one of ssh's pipes. Returns false after the time limit.
bool wait_for(SshStream& stream, int descriptor, short event) {
    for (;;) {
        std::array<::pollfd, 2> waited{{{descriptor, event, 0}, {stream.ssh->errors(), POLLIN, 0}}};
        const int ready =
            ::poll(waited.data(), waited.size(), static_cast<int>(time_limit(stream).count()));
        if (ready < 0 && errno == EINTR) continue;
        stream.ssh->drain_errors(stream.errors, errors_limit);
        if (ready <= 0) return false;
        if (waited[0].revents != 0) return true;
    }
}

int refuse_silence(const SshStream& stream) {
    const auto& access = stream.context->access;
    return refuse_ssh(*stream.context,
                      {ErrorCode::timeout,
                       fmt::format("ssh to {}: the server was silent for {}", access.url,
                                   format_duration(time_limit(stream))),
                       {},
                       true});
}

/// Reads the rest of standard error.
void drain_errors(SshStream& stream) {
    while (stream.ssh->errors() >= 0) {
        ::pollfd waited{stream.ssh->errors(), POLLIN, 0};
        if (::poll(&waited, 1, 2000) <= 0) return;
        stream.ssh->drain_errors(stream.errors, errors_limit);
    }
}

int refuse_end(SshStream& stream) {
    drain_errors(stream);
    return refuse_ssh(*stream.context, ssh_error(stream.context->access, stream.errors));
}

bool is_for_later(int number) {
    return number == EINTR || number == EAGAIN;
}

int read_stream(git_smart_subtransport_stream* base, char* buffer, std::size_t size,
                std::size_t* read_bytes) noexcept {
    auto& stream = *stream_of(base);
    *read_bytes = 0;
    for (;;) {
        if (!wait_for(stream, stream.ssh->output(), POLLIN)) return refuse_silence(stream);
        const auto count = ::read(stream.ssh->output(), buffer, size);
        if (count < 0 && is_for_later(errno)) continue;
        // The connection ended early; ssh has printed the reason.
        if (count <= 0) return refuse_end(stream);
        stream.received = true;
        *read_bytes = static_cast<std::size_t>(count);
        return 0;
    }
}

int write_stream(git_smart_subtransport_stream* base, const char* buffer,
                 std::size_t size) noexcept {
    auto& stream = *stream_of(base);
    while (size > 0) {
        if (!wait_for(stream, stream.ssh->input(), POLLOUT)) return refuse_silence(stream);
        const auto count = ::write(stream.ssh->input(), buffer, size);
        if (count < 0 && is_for_later(errno)) continue;
        if (count <= 0) return refuse_end(stream);
        buffer += count;
        size -= static_cast<std::size_t>(count);
    }
    return 0;
}

/// The subtransport owns the stream.
void free_stream(git_smart_subtransport_stream* /*base*/) noexcept {}

int open_ssh_stream(git_smart_subtransport_stream** out, git_smart_subtransport* base,
                    const char* /*url*/, git_smart_service_t service) noexcept {
    auto& transport = *ssh_subtransport_of(base);
    auto& stream = transport.stream;
    *out = &stream.base;
    // Reuse the stream of the listing, as libgit2 requires.
    if (service == GIT_SERVICE_UPLOADPACK && stream.ssh) return 0;
    if (service != GIT_SERVICE_UPLOADPACK_LS)
        return refuse_ssh(*transport.context,
                          {ErrorCode::internal, "ssh: only fetching is supported"});
    auto words = ssh_command(transport.context->access);
    if (!words) return refuse_ssh(*transport.context, std::move(words.error()));
    auto ssh = start_ssh(std::move(*words), ssh_environment(transport.context->access));
    if (!ssh) return refuse_ssh(*transport.context, std::move(ssh.error()));
    stream.ssh = std::move(*ssh);
    return 0;
}

/// Kills ssh's process group, and reaps it.
int close_ssh_subtransport(git_smart_subtransport* base) noexcept {
    ssh_subtransport_of(base)->stream.ssh.reset();
    return 0;
}

void free_ssh_subtransport(git_smart_subtransport* base) noexcept {
    delete ssh_subtransport_of(base);
}

int make_ssh_subtransport(git_smart_subtransport** out, git_transport* /*owner*/,
                          void* context) noexcept {
    auto* const made = new SshSubtransport;
    made->context = static_cast<FetchContext*>(context);
    made->base = {
        .action = open_ssh_stream, .close = close_ssh_subtransport, .free = free_ssh_subtransport};
    made->stream.base = {.subtransport = &made->base,
                         .read = read_stream,
                         .write = write_stream,
                         .free = free_stream};
    made->stream.context = made->context;
    *out = &made->base;
    return 0;
}

}  // namespace

int make_ssh_transport(git_transport** out, git_remote* owner, void* context) noexcept {
    git_smart_subtransport_definition definition{
        .callback = make_ssh_subtransport, .rpc = 0, .param = context};
    return git_transport_smart(out, owner, &definition);
}

}  // namespace inhaul::git
