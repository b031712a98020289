// SPDX-License-Identifier: Apache-2.0
#include "https_head.hpp"

#include <utility>

#include <inhaul/util/text.hpp>

#include <git/transport/http_answer.hpp>
#include <git/transport/ref_listing.hpp>

namespace inhaul::git {
namespace {

/// Some 60,000 branches whose names begin with the app's. Longer listings are read by a child.
constexpr std::size_t longest_answer = 4 * 1024 * 1024;
constexpr std::size_t longest_url = 400;

/// One poll, with copies of all that it needs: the settings may be reread before its end.
class HttpsPoll : public std::enable_shared_from_this<HttpsPoll> {
public:
    HttpsPoll(http::Client& client, Access access, BranchName branch, Milliseconds deadline,
              std::shared_ptr<MovedUrls> moved, GitHeads::Answered answered)
        : client_(client),
          access_(std::move(access)),
          branch_(std::move(branch)),
          deadline_(deadline),
          moved_(std::move(moved)),
          answered_(std::move(answered)),
          base_(without_final_slash(access_.url)),
          prefix_(branch_.ref()) {
        if (const auto known = moved_->find(access_.url); known != moved_->end())
            base_ = known->second;
    }

    void send() {
        auto request = git_request(access_, base_, service_path, ls_refs_request(prefix_),
                                   ProtocolVersion::two);
        request.limits = {
            .connect = access_.timeouts.connect, .total = deadline_, .body = longest_answer};
        client_.start(std::move(request),
                      [self = shared_from_this()](const auto& answer) { self->on_answer(answer); });
    }

private:
    void on_answer(const Result<http::Response>& answer) {
        if (!answer) return finish(fail(answer.error().within("fetch " + access_.url)));
        if (redirects(*answer) && hops_ < most_redirects) return follow(*answer);
        if (!is_git_answer(*answer))
            return finish(fail(not_a_git_answer(access_, *answer,
                                                explains(*answer) ? answer->body : std::string{})));
        const auto listing = read_ls_refs(answer->body, branch_);
        if (!listing) return finish(fail(listing.error().within("fetch " + access_.url)));
        if (listing->head) return finish(*listing->head);
        if (!listing->has_branches && prefix_ != BranchName::prefix) {
            // An empty repository and a missing branch have different hints.
            prefix_ = BranchName::prefix;
            return send();
        }
        finish(fail(missing_branch(access_.url, branch_, listing->has_branches)));
    }

    void follow(const http::Response& answer) {
        ++hops_;
        auto target = redirected(access_, base_, service_path, answer);
        if (!target) return finish(fail(std::move(target.error())));
        base_ = std::move(*target);
        send();
    }

    void finish(Result<CommitId> commit) {
        const bool elsewhere = base_ != without_final_slash(access_.url);
        if (!commit) moved_->erase(access_.url);
        if (!commit && commit.error().code == ErrorCode::protocol) return answered_(std::nullopt);
        if (!commit || !elsewhere) return answered_(GitHead{std::move(commit)});
        (*moved_)[access_.url] = base_;
        answered_(GitHead{std::move(commit), printable(base_, longest_url)});
    }

    http::Client& client_;
    Access access_;
    BranchName branch_;
    Milliseconds deadline_;
    std::shared_ptr<MovedUrls> moved_;
    GitHeads::Answered answered_;
    std::string base_;
    std::string prefix_;
    int hops_ = 0;
};

}  // namespace

void poll_over_https(http::Client& client, Access access, const BranchName& branch,
                     Milliseconds deadline, std::shared_ptr<MovedUrls> moved,
                     GitHeads::Answered answered) {
    std::make_shared<HttpsPoll>(client, std::move(access), branch, deadline, std::move(moved),
                                std::move(answered))
        ->send();
}

}  // namespace inhaul::git
