// SPDX-License-Identifier: Apache-2.0
#include <inhaul/setup/removal.hpp>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

#include <inhaul/config/own_units.hpp>

namespace inhaul::setup {
namespace {

using config::OwnUnits;

namespace fs = std::filesystem;
using Kind = Artifact::Kind;

constexpr auto drop_ins = "drop-ins";

bool names(const Settings& settings, const fs::path& path) {
    if (settings.ssh_key == path || settings.token_file == path) return true;
    if (!settings.relay) return false;
    const auto& secrets = settings.relay->secret_files;
    return std::find(secrets.begin(), secrets.end(), path) != secrets.end();
}

/// Collects the existing files, each file once.
class Remains {
public:
    Remains(const std::vector<Settings>& others, const InstallTarget& target)
        : others_(others), target_(target) {}

    void add(Kind kind, const char* what, const fs::path& path, const char* content = "") {
        std::error_code ignored;
        const bool known =
            std::any_of(artifacts_.begin(), artifacts_.end(),
                        [&](const Artifact& artifact) { return artifact.path == path; });
        const bool shared = std::any_of(others_.begin(), others_.end(),
                                        [&](const Settings& other) { return names(other, path); });
        if (known || shared || !fs::exists(fs::symlink_status(path, ignored))) return;
        artifacts_.push_back({kind, what, path, content});
    }
    /// Adds the key pair, unless another app uses the key.
    void add_key(const fs::path& path) {
        add(Kind::key, "deploy key", path);
        if (std::none_of(others_.begin(), others_.end(),
                         [&](const Settings& other) { return names(other, path); }))
            add(Kind::text, "its public key", fs::path{path}.concat(".pub"));
    }
    /// Files that an operator keeps elsewhere are not removed.
    [[nodiscard]] bool made_here(const fs::path& path) const {
        return path.parent_path() == target_.places.settings;
    }
    [[nodiscard]] std::vector<Artifact> take() { return std::move(artifacts_); }

private:
    const std::vector<Settings>& others_;
    const InstallTarget& target_;
    std::vector<Artifact> artifacts_;
};

}  // namespace

std::vector<Artifact> remains_of(const std::string& app, const Settings* settings,
                                 const std::vector<Settings>& others, const InstallTarget& target) {
    Remains remains{others, target};
    const auto& directory = target.places.settings;
    if (const auto file = directory / (app + ".toml"); config::is_app_file(file))
        remains.add(Kind::text, "settings", file);
    if (!target.personal) {
        const auto& account = target.account.name;
        remains.add(Kind::text, "permission to restart", restart_rule(app, target));
        for (const auto& path : trigger_units_of(app, target))
            remains.add(Kind::text, "trigger unit", path);
        const auto units = OwnUnits::of_account(account);
        for (const auto& unit : {units.agent(), units.timer_service()})
            remains.add(Kind::text, "permission to write to the directory",
                        OwnUnits::drop_in(target.etc, unit, app), drop_ins);
    }
    if (settings != nullptr && settings->ssh_key && remains.made_here(*settings->ssh_key))
        remains.add_key(*settings->ssh_key);
    remains.add_key(target.places.key_of(app));
    if (settings != nullptr && settings->relay)
        for (const auto& secret : settings->relay->secret_files)
            if (remains.made_here(secret)) remains.add(Kind::secret, "webhook secret", secret);
    remains.add(Kind::secret, "webhook secret", target.places.webhook_secret_of(app));
    return remains.take();
}

Result<void> remove_artifact(const Artifact& artifact) {
    if (::unlink(artifact.path.c_str()) != 0 && errno != ENOENT)
        return fail(system_error(errno, "remove " + artifact.path.string()));
    if (artifact.content == drop_ins)
        ::rmdir(artifact.path.parent_path().c_str());  // if it is empty
    return {};
}

}  // namespace inhaul::setup
