// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <inhaul/git/repository.hpp>
#include <inhaul/git_heads.hpp>
#include <inhaul/util/clock.hpp>
#include <inhaul/util/event_loop.hpp>

#include <git/transport/github_host_keys.hpp>

namespace inhaul::git {

/// One repository on a server that is reached over ssh, and the session with it. The session is an
/// `ssh` that runs git-upload-pack in version 2 of git's protocol. It answers one request after
/// another.
///
/// git reads the files of its branches once in a session. So a second listing would return the
/// heads of the first listing. It reads HEAD, and the branch that HEAD names, each time. Therefore
/// a session stays open only for that branch, and only if the server runs git itself. Other
/// requests have a session of their own. Each poll of a server without version 2 also has a session
/// of its own, which lists all refs first.
class SshRemote : public std::enable_shared_from_this<SshRemote> {
public:
    struct Context {
        EventLoop& loop;
        const Clock& clock;
        Milliseconds deadline;  ///< of one request
    };
    SshRemote(const Context& context, Access access);
    ~SshRemote();
    SshRemote(const SshRemote&) = delete;
    SshRemote& operator=(const SshRemote&) = delete;

    /// As GitHeads::poll_head(). `keep` permits that the session stays open afterwards.
    void poll_head(const BranchName& branch, bool keep, GitHeads::Answered answered);
    /// Ends the session after the requests that wait for an answer.
    void retire();
    [[nodiscard]] bool busy() const { return !requests_.empty(); }
    [[nodiscard]] bool open() const { return ssh_.has_value(); }
    /// Returns true while it has a session or is about to start one.
    [[nodiscard]] bool takes_session() const { return stage_ != Stage::closed; }

private:
    enum class Stage {
        closed,
        naming,          ///< reads from ssh the server's host name
        beginning,       ///< waits for the server's capabilities
        idle,            ///< open, without a request
        listing_head,    ///< for HEAD and its branch
        listing_branch,  ///< for the refs that begin with the branch's name
        listing_any,     ///< whether there is any branch
        ending,          ///< ssh has ended; waits for its messages
    };
    struct Request {
        BranchName branch;
        bool keep = false;
        bool repeated = false;  ///< after a session ended
        SteadyPoint deadline;
        GitHeads::Answered answered;
    };

    void advance();
    void advance_later();
    void begin();
    void read_host_name();
    void spawn(const std::string& real_host);
    void send(Stage stage);
    void on_output();
    void on_errors();
    void take_answer(std::string answer);
    void take_capabilities(std::string_view answer);
    void take_advertisement(std::string_view answer);
    void take_head(std::string_view answer);
    void take_listing(std::string_view answer);
    void lost();
    void finish(std::optional<GitHead> head);
    void finish_all(const std::optional<GitHead>& head);
    void close();
    void set_time();
    void check_time();

    Context context_;
    Access access_;
    std::deque<Request> requests_;
    std::set<std::string> other_branches_;  ///< HEAD names none of them

    std::optional<process::Child> ssh_;
    std::optional<KnownHostsFile> host_keys_;  ///< until ssh has read it
    std::optional<std::string> real_host_;
    EventLoop::ListenerId output_ = 0;
    EventLoop::ListenerId errors_ = 0;
    Stage stage_ = Stage::closed;
    std::string received_;
    std::string error_output_;  ///< ssh's standard error
    SteadyPoint begun_;
    TimePoint since_;
    SteadyPoint ending_by_;
    std::optional<SteadyPoint> reply_by_;  ///< of a session that has answered before
    bool is_git_ = false;
    bool answered_ = false;  ///< in this session
    bool listed_ = false;    ///< in this session: it is not requested again
    bool keep_ = false;      ///< as the last request permits
    bool retired_ = false;
};

}  // namespace inhaul::git
