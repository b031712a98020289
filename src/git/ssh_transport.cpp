#include "ssh_transport.hpp"

#include <array>
#include <cerrno>

#include <git2/sys/transport.h>
#if __has_include(<git2/sys/errors.h>)
#include <git2/sys/errors.h>
#endif
#include <poll.h>
#include <unistd.h>

#include <inhaul/util/process.hpp>

#include "ssh_command.hpp"

namespace inhaul::git {
namespace {

/// How long the other side may be silent. GitHub counts objects of a large repository in less.
constexpr Milliseconds silence{60'000};
constexpr std::size_t said_limit = 8 * 1024;

/// libgit2's subtransport and its one stream: C structures that begin with theirs.
struct SshStream {
    git_smart_subtransport_stream base{};
    Conversation* conversation = nullptr;
    std::optional<process::Child> ssh;
    std::string said;  ///< standard error
};

struct SshSubtransport {
    git_smart_subtransport base{};
    Conversation* conversation = nullptr;
    SshStream stream;
};

SshStream* stream_of(git_smart_subtransport_stream* base) {
    return reinterpret_cast<SshStream*>(base);
}
SshSubtransport* subtransport_of(git_smart_subtransport* base) {
    return reinterpret_cast<SshSubtransport*>(base);
}

int refuse(Conversation& conversation, Error error) {
    git_error_set_str(GIT_ERROR_SSH, error.message.c_str());
    if (!conversation.failure) conversation.failure = std::move(error);
    return -1;
}

/// Waits for output; false when the other side has been silent for too long.
bool wait_for_output(SshStream& stream) {
    for (;;) {
        std::array<::pollfd, 2> waited{
            {{stream.ssh->output(), POLLIN, 0}, {stream.ssh->errors(), POLLIN, 0}}};
        const int ready = ::poll(waited.data(), waited.size(), static_cast<int>(silence.count()));
        if (ready < 0 && errno == EINTR) continue;
        stream.ssh->drain_errors(stream.said, said_limit);
        if (ready <= 0) return false;
        if (waited[0].revents != 0) return true;
    }
}

/// The rest of standard error, up to its end.
void hear_out(SshStream& stream) {
    while (stream.ssh->errors() >= 0) {
        ::pollfd waited{stream.ssh->errors(), POLLIN, 0};
        if (::poll(&waited, 1, 2000) <= 0) return;
        stream.ssh->drain_errors(stream.said, said_limit);
    }
}

int read_stream(git_smart_subtransport_stream* base, char* buffer, std::size_t size,
                std::size_t* read_bytes) noexcept {
    auto& stream = *stream_of(base);
    *read_bytes = 0;
    if (!wait_for_output(stream))
        return refuse(*stream.conversation,
                      {ErrorCode::timeout,
                       "fetch " + stream.conversation->access.url + ": the server was silent for " +
                           format_duration(silence),
                       {},
                       true});
    const auto count = ::read(stream.ssh->output(), buffer, size);
    if (count > 0) {
        *read_bytes = static_cast<std::size_t>(count);
        return 0;
    }
    // The end, before git's protocol was done: ssh has said why.
    hear_out(stream);
    return refuse(*stream.conversation, ssh_error(stream.conversation->access, stream.said));
}

int write_stream(git_smart_subtransport_stream* base, const char* buffer,
                 std::size_t size) noexcept {
    auto& stream = *stream_of(base);
    while (size > 0) {
        const auto count = ::write(stream.ssh->input(), buffer, size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            hear_out(stream);
            return refuse(*stream.conversation,
                          ssh_error(stream.conversation->access, stream.said));
        }
        buffer += count;
        size -= static_cast<std::size_t>(count);
    }
    return 0;
}

/// The stream belongs to the subtransport.
void free_stream(git_smart_subtransport_stream* /*base*/) noexcept {}

int act(git_smart_subtransport_stream** out, git_smart_subtransport* base, const char* /*url*/,
        git_smart_service_t service) noexcept {
    auto& transport = *subtransport_of(base);
    auto& stream = transport.stream;
    *out = &stream.base;
    // The conversation that the listing began goes on: libgit2 wants the same stream.
    if (service == GIT_SERVICE_UPLOADPACK && stream.ssh) return 0;
    if (service != GIT_SERVICE_UPLOADPACK_LS)
        return refuse(*transport.conversation,
                      {ErrorCode::internal, "ssh: only fetching is known"});
    auto words = ssh_command(transport.conversation->access);
    if (!words) return refuse(*transport.conversation, std::move(words.error()));
    auto ssh = process::Child::spawn({.argv = std::move(*words),
                                      .environment = {{"SSH_ASKPASS_REQUIRE", "never"}},
                                      .capture_stdout = true,
                                      .capture_stderr = true,
                                      .pipe_input = true});
    if (!ssh) return refuse(*transport.conversation, std::move(ssh.error()));
    stream.ssh = std::move(*ssh);
    return 0;
}

/// Ends ssh, its whole group, and reaps it.
int close_subtransport(git_smart_subtransport* base) noexcept {
    subtransport_of(base)->stream.ssh.reset();
    return 0;
}

void free_subtransport(git_smart_subtransport* base) noexcept {
    delete subtransport_of(base);
}

int make_subtransport(git_smart_subtransport** out, git_transport* /*owner*/,
                      void* conversation) noexcept {
    auto* const made = new SshSubtransport;
    made->conversation = static_cast<Conversation*>(conversation);
    made->base = {.action = act, .close = close_subtransport, .free = free_subtransport};
    made->stream.base = {.subtransport = &made->base,
                         .read = read_stream,
                         .write = write_stream,
                         .free = free_stream};
    made->stream.conversation = made->conversation;
    *out = &made->base;
    return 0;
}

}  // namespace

int make_ssh_transport(git_transport** out, git_remote* owner, void* conversation) noexcept {
    git_smart_subtransport_definition definition{
        .callback = make_subtransport, .rpc = 0, .param = conversation};
    return git_transport_smart(out, owner, &definition);
}

}  // namespace inhaul::git
