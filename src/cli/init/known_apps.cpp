// SPDX-License-Identifier: Apache-2.0
#include "known_apps.hpp"

#include <inhaul/config/config.hpp>
#include <inhaul/util/account.hpp>
#include <inhaul/util/file.hpp>

namespace inhaul::cli {
namespace {

namespace fs = std::filesystem;

Result<void> add_known(const fs::path& directory, const std::string& name,
                       std::vector<Known>& known) {
    const auto owner = TRY(account::named(name));
    if (!owner) return {};
    const auto acting = TRY(account::ActingAs::account(*owner));
    std::error_code error;
    for (fs::directory_iterator entry{directory, error}, end; !error && entry != end;
         entry.increment(error)) {
        if (!config::is_app_file(entry->path())) continue;
        const auto text = file::read(entry->path(), config::largest_file);
        if (!text) continue;
        for (auto& settings : config::parse(*text, entry->path()).apps)
            known.push_back({name, std::move(settings)});
    }
    return {};
}

Result<std::vector<Known>> known_apps(const GlobalOptions& global, bool personal) {
    std::vector<Known> known;
    const auto self = TRY(account::current());
    if (personal) {
        TRY(add_known(TRY(config::places(global.config, global.state)).settings, self.name, known));
        return known;
    }
    std::error_code error;
    for (fs::directory_iterator entry{config::system_settings, error}, end; !error && entry != end;
         entry.increment(error))
        if (const auto name = entry->path().filename().string(); account::is_directory_name(name))
            TRY(add_known(entry->path(), name, known));
    return known;
}

}  // namespace

Result<std::optional<Known>> app_around(const fs::path& directory, const GlobalOptions& global,
                                        bool personal) {
    for (auto& known : TRY(known_apps(global, personal)))
        if (file::is_below(directory, known.settings.directory)) return std::move(known);
    return std::nullopt;
}

}  // namespace inhaul::cli
