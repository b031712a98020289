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
        start(git_request(access_, base_, service_path, ls_refs_request(prefix_),
                          ProtocolVersion::two),
              [self = shared_from_this()](const auto& answer) { self->on_answer(answer); });
    }

private:
    template <class OnAnswer>
    void start(http::Request request, OnAnswer on_answer) {
        request.limits = {
            .connect = access_.timeouts.connect, .total = deadline_, .body = longest_answer};
        client_.start(std::move(request), std::move(on_answer));
    }

    void on_answer(const Result<http::Response>& answer) {
        if (!answer) return finish(fail(answer.error().within("fetch " + access_.url)));
        if (redirects(*answer) && hops_ < most_redirects) return follow(*answer, service_path);
        if (!is_git_answer(*answer)) {
            auto error = not_a_git_answer(access_, *answer,
                                          explains(*answer) ? answer->body : std::string{});
            const bool first = hops_ == 0 && base_ == without_final_slash(access_.url);
            if (first && lacks_service(*answer)) return find_service(std::move(error));
            return finish(fail(std::move(error)));
        }
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

    /// `refused` is the error if the service is not elsewhere.
    void find_service(Error refused) {
        start(git_request(access_, base_, refs_path, std::nullopt, ProtocolVersion::zero),
              [self = shared_from_this(), refused = std::move(refused)](const auto& answer) {
                  self->on_refs(answer, refused);
              });
    }

    void on_refs(const Result<http::Response>& answer, const Error& refused) {
        if (answer && is_git_answer(*answer)) return answered_(std::nullopt);
        // A redirect to another host, or to a page, gives no better error than the first answer.
        const bool found = answer && redirects(*answer) &&
                           redirected(access_, base_, refs_path, *answer).has_value();
        if (!found) return finish(fail(refused));
        follow(*answer, refs_path);
    }

    void follow(const http::Response& answer, std::string_view path) {
        ++hops_;
        auto target = redirected(access_, base_, path, answer);
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
        if (!has_moved(access_, base_)) return answered_(GitHead{std::move(commit)});
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
