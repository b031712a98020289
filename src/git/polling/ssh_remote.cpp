// SPDX-License-Identifier: Apache-2.0
#include "ssh_remote.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include <git/transport/http_answer.hpp>
#include <git/transport/packet_line.hpp>
#include <git/transport/ref_listing.hpp>
#include <git/transport/ssh_command.hpp>

namespace inhaul::git {
namespace {

/// Some 60,000 branches whose names begin with the app's.
constexpr std::size_t longest_listing = 4 * 1024 * 1024;
constexpr std::size_t longest_error_output = 8 * 1024;
/// A server may read refs from a replica that has become outdated, or cache them in another way.
constexpr std::chrono::hours longest_session{1};
/// An open connection whose answer takes longer is replaced.
constexpr Milliseconds reply_within{15'000};
constexpr Milliseconds longest_naming{10'000};
/// For the messages of an ssh that has ended.
constexpr Milliseconds longest_ending{2'000};

}  // namespace

SshRemote::SshRemote(const Context& context, Access access)
    : context_(context), access_(std::move(access)) {}

SshRemote::~SshRemote() {
    close();
}

void SshRemote::poll_head(const BranchName& branch, bool keep, GitHeads::Answered answered) {
    requests_.push_back(
        {branch, keep, false, context_.clock.steady() + context_.deadline, std::move(answered)});
    if (requests_.size() == 1) advance_later();
}

void SshRemote::advance_later() {
    context_.loop.defer([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->advance();
    });
}

void SshRemote::retire() {
    retired_ = true;
    if (!busy()) close();
}

/// Sends the first request, in the open session if that is possible.
void SshRemote::advance() {
    if (requests_.empty()) {
        if (!keep_ || listed_ || retired_) close();
        return;
    }
    if (stage_ != Stage::closed && stage_ != Stage::idle) return;
    const auto& request = requests_.front();
    const bool other = other_branches_.contains(request.branch.text());
    const bool old = context_.clock.steady() - begun_ >= longest_session;
    if (stage_ == Stage::idle && (other || listed_ || old)) close();
    if (stage_ == Stage::closed) return begin();
    send(Stage::listing_head);
}

void SshRemote::begin() {
    stage_ = Stage::naming;
    if (access_.ssh_config && !access_.known_hosts && !real_host_) return read_host_name();
    spawn(real_host_.value_or(""));
}

/// The settings' ssh_config may call other programs for the name, so this takes a child.
void SshRemote::read_host_name() {
    auto words = real_host_command(access_);
    auto child = words ? process::Child::spawn({.argv = std::move(*words), .capture_stdout = true})
                       : Result<process::Child>{fail(std::move(words.error()))};
    if (!child) return finish_all(GitHead{fail(std::move(child.error()))});
    context_.loop.watch(std::move(*child), {.deadline = longest_naming},
                        [weak = weak_from_this()](const EventLoop::ChildEnd& end) {
                            const auto self = weak.lock();
                            if (!self || self->stage_ != Stage::naming) return;
                            self->real_host_ = real_host_in(end.output, self->access_);
                            self->spawn(*self->real_host_);
                        });
}

void SshRemote::spawn(const std::string& real_host) {
    auto keys = KnownHostsFile::make();
    auto words = keys ? kept_ssh_command(access_, keys->path(), real_host)
                      : Result<std::vector<std::string>>{fail(std::move(keys.error()))};
    if (!words) return finish_all(GitHead{fail(std::move(words.error()))});
    auto environment = ssh_environment(access_);
    environment.emplace_back("GIT_PROTOCOL", "version=2");
    auto ssh = start_ssh(std::move(*words), std::move(environment));
    if (!ssh) return finish_all(GitHead{fail(std::move(ssh.error()))});
    // An ssh that has ended must not end this process.
    ::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c)
    ssh_ = std::move(*ssh);
    host_keys_ = std::move(*keys);
    begun_ = context_.clock.steady();
    since_ = context_.clock.now();
    stage_ = Stage::beginning;
    output_ = context_.loop.listen(ssh_->output(), [this] { on_output(); });
    errors_ = context_.loop.listen(ssh_->errors(), [this] { on_errors(); });
    set_time();
}

void SshRemote::send(Stage stage) {
    const auto& branch = requests_.front().branch;
    const auto request = stage == Stage::listing_head     ? head_request()
                         : stage == Stage::listing_branch ? ls_refs_request(branch.ref())
                                                          : ls_refs_request(BranchName::prefix);
    stage_ = stage;
    if (stage != Stage::listing_head) listed_ = true;
    reply_by_.reset();
    if (answered_) reply_by_ = context_.clock.steady() + reply_within;
    set_time();
    // A request fits into an empty pipe. If it does not, ssh does not read.
    if (::write(ssh_->input(), request.data(), request.size()) !=
        static_cast<::ssize_t>(request.size()))
        lost();
}

void SshRemote::on_output() {
    const auto self = shared_from_this();
    ssh_->drain(received_, longest_listing + 1);
    while (stage_ != Stage::idle && stage_ != Stage::closed && stage_ != Stage::ending) {
        const auto size = answer_size(received_);
        if (!size || received_.size() > longest_listing) return finish_all(std::nullopt);
        if (!*size) break;
        auto answer = received_.substr(0, **size);
        received_.erase(0, **size);
        take_answer(std::move(answer));
    }
    if (!ssh_ || stage_ == Stage::ending) return;
    if (ssh_->output() < 0) return lost();
    // No request is open.
    if (stage_ == Stage::idle && !received_.empty()) return close();
    check_time();
}

void SshRemote::set_time() {
    std::optional<SteadyPoint> at;
    if (busy()) at = requests_.front().deadline;
    if (at && reply_by_) at = std::min(*at, *reply_by_);
    context_.loop.wake_at(output_, at);
}

void SshRemote::check_time() {
    if (!busy()) return;
    const auto now = context_.clock.steady();
    if (now >= requests_.front().deadline)
        return finish_all(GitHead{fail(ErrorCode::timeout,
                                       fmt::format("ssh to {}: no complete answer within {}",
                                                   access_.url, format_duration(context_.deadline)),
                                       {}, true)});
    if (reply_by_ && now >= *reply_by_) lost();
}

void SshRemote::take_answer(std::string answer) {
    if (stage_ == Stage::beginning) return take_capabilities(answer);
    if (stage_ == Stage::listing_head) return take_head(answer);
    take_listing(answer);
}

void SshRemote::take_capabilities(std::string_view answer) {
    host_keys_.reset();
    const auto abilities = read_capabilities(answer);
    if (!abilities) return take_advertisement(answer);
    is_git_ = abilities->is_git;
    const auto& request = requests_.front();
    const bool other = other_branches_.contains(request.branch.text());
    send(is_git_ && !other ? Stage::listing_head : Stage::listing_branch);
}

/// A server without version 2 begins with all refs, and then reads no request. sshd does not pass
/// the version on without `AcceptEnv GIT_PROTOCOL`. The refs may be older than a request that
/// came after the beginning of the session.
void SshRemote::take_advertisement(std::string_view answer) {
    const auto sent_by = begun_ + context_.deadline;
    std::deque<Request> requests;
    while (!requests_.empty() && requests_.front().deadline <= sent_by) {
        requests.push_back(std::move(requests_.front()));
        requests_.pop_front();
    }
    close();
    if (!requests_.empty()) advance_later();
    for (const auto& [branch, keep, repeated, deadline, answered] : requests) {
        const auto listing = read_advertisement(answer, branch, Over::ssh);
        if (!listing) {
            answered(std::nullopt);
            continue;
        }
        GitHead head{listing->head
                         ? Result<CommitId>{*listing->head}
                         : fail(missing_branch(access_.url, branch, listing->has_branches))};
        head.method = PollMethod::each_ssh;
        answered(std::move(head));
    }
}

void SshRemote::take_head(std::string_view answer) {
    const auto head = read_head(answer);
    if (!head) return finish_all(std::nullopt);
    const auto& branch = requests_.front().branch;
    if (*head && (*head)->ref == branch.ref()) return finish(GitHead{(*head)->commit});
    if (*head) other_branches_.insert(branch.text());
    if (!answered_) return send(Stage::listing_branch);
    // HEAD has changed. Another branch needs a session of its own.
    close();
    begin();
}

void SshRemote::take_listing(std::string_view answer) {
    const auto& branch = requests_.front().branch;
    const auto listing = read_ls_refs(answer, branch);
    if (!listing) return finish_all(std::nullopt);
    if (listing->head) return finish(GitHead{*listing->head});
    if (!listing->has_branches && stage_ == Stage::listing_branch) return send(Stage::listing_any);
    finish(GitHead{fail(missing_branch(access_.url, branch, listing->has_branches))});
}

void SshRemote::on_errors() {
    const auto self = shared_from_this();
    ssh_->drain_errors(error_output_, longest_error_output);
    const bool over = stage_ == Stage::ending && context_.clock.steady() >= ending_by_;
    if (ssh_->errors() >= 0 && !over) return;
    context_.loop.forget(std::exchange(errors_, 0));
    if (stage_ == Stage::ending)
        finish_all(GitHead{fail(ssh_error(access_, error_output_, real_host_.value_or("")))});
}

/// ssh has ended, or does not respond.
void SshRemote::lost() {
    if (requests_.empty()) return close();
    auto& request = requests_.front();
    if (stage_ != Stage::beginning && !request.repeated) {
        // Servers end idle sessions, and networks forget them: that is no fault.
        request.repeated = true;
        close();
        return begin();
    }
    // The session ended twice without an answer: the server may support only another version.
    if (stage_ != Stage::beginning) return finish_all(std::nullopt);
    stage_ = Stage::ending;
    context_.loop.forget(std::exchange(output_, 0));
    if (errors_ == 0)
        return finish_all(
            GitHead{fail(ssh_error(access_, error_output_, real_host_.value_or("")))});
    ending_by_ = context_.clock.steady() + longest_ending;
    context_.loop.wake_at(errors_, ending_by_);
}

void SshRemote::finish(std::optional<GitHead> head) {
    auto request = std::move(requests_.front());
    requests_.pop_front();
    answered_ = true;
    keep_ = request.keep;
    stage_ = Stage::idle;
    set_time();
    advance();
    head->method = open() ? PollMethod::kept_ssh : PollMethod::each_ssh;
    if (open()) head->session_since = since_;
    request.answered(std::move(head));
}

/// Gives all waiting requests the same result.
void SshRemote::finish_all(const std::optional<GitHead>& head) {
    const auto requests = std::exchange(requests_, {});
    close();
    for (const auto& request : requests)
        request.answered(head);
}

void SshRemote::close() {
    for (auto* listener : {&output_, &errors_})
        context_.loop.forget(std::exchange(*listener, 0));
    ssh_.reset();
    host_keys_.reset();
    received_.clear();
    received_.shrink_to_fit();
    error_output_.clear();
    reply_by_.reset();
    answered_ = listed_ = keep_ = false;
    stage_ = Stage::closed;
}

}  // namespace inhaul::git
