// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include <inhaul/git/repository.hpp>
#include <inhaul/git_heads.hpp>
#include <inhaul/util/http.hpp>

namespace inhaul::git {

/// Where renamed repositories are: new URLs by the URLs in the settings.
using MovedUrls = std::map<std::string, std::string>;

/// Requests the head of the branch over http or https. Follows redirects on the same host, and
/// remembers their target in `moved`. If git's service is missing at the URL in the settings, it
/// requests the refs once, and follows that redirect. The next request goes to the target at once.
/// An error there removes the target. Receives nothing if the answer is not in version 2 of git's
/// protocol.
void poll_over_https(http::Client& client, Access access, const BranchName& branch,
                     Milliseconds deadline, std::shared_ptr<MovedUrls> moved,
                     GitHeads::Answered answered);

}  // namespace inhaul::git
