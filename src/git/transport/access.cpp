// SPDX-License-Identifier: Apache-2.0
#include <inhaul/git/access.hpp>

#include <inhaul/util/file.hpp>

#include "remote.hpp"
#include "smart_http.hpp"

namespace inhaul::git {

Result<Access> access_for(const Settings& settings) {
    SecretFiles files;
    return access_for(settings, files);
}

Result<Access> access_for(const Settings& settings, SecretFiles& files) {
    Access access{.url = settings.git_url,
                  .ssh_key = settings.ssh_key,
                  .passphrase_file = settings.passphrase_file,
                  .ssh_config = settings.ssh_config,
                  .known_hosts = settings.known_hosts,
                  .ca_file = settings.ca_file};
    // If both exist, git uses the key, and the API uses the token.
    if (access.ssh_key && git_protocol(access.url) == GitProtocol::ssh) {
        TRY_WITHIN("deploy key", file::check_private(*access.ssh_key));
        if (access.passphrase_file)
            TRY_WITHIN("passphrase", file::check_private(*access.passphrase_file));
    } else if (settings.token_file) {
        access.token = TRY_WITHIN("token", files.secret(*settings.token_file));
        access.token_file = settings.token_file;
    }
    return access;
}

Result<CommitId> remote_head(const Access& access, const BranchName& branch) {
    if (git_protocol(access.url) == GitProtocol::http) return SmartHttp{access}.head_of(branch);
    TRY(initialise());
    FetchContext context{.access = access, .branch = branch};
    auto remote = TRY(remote_for(access, nullptr));
    auto connection = TRY(Connection::open(std::move(remote), context));
    return connection.head();
}

}  // namespace inhaul::git
