// SPDX-License-Identifier: Apache-2.0
#include "config_entries.hpp"

namespace inhaul::git {

bool ConfigEntry::is_true() const {
    if (!value) return true;
    int is = 0;
    return git_config_parse_bool(&is, value->c_str()) == 0 && is != 0;
}

Result<std::vector<ConfigEntry>> config_entries(git_config* config, std::string_view prefix,
                                                std::string_view suffix) {
    git_config_iterator* raw = nullptr;
    TRY(checked(git_config_iterator_new(&raw, config), "read the configuration"));
    const Handle<git_config_iterator, git_config_iterator_free> each{raw};
    std::vector<ConfigEntry> found;
    git_config_entry* entry = nullptr;
    while (git_config_next(&entry, raw) == 0) {
        std::string_view name{entry->name};
        if (name.size() < prefix.size() + suffix.size() || !name.starts_with(prefix) ||
            !name.ends_with(suffix))
            continue;
        name.remove_prefix(prefix.size());
        name.remove_suffix(suffix.size());
        found.push_back({std::string{name}, entry->value == nullptr
                                                ? std::nullopt
                                                : std::optional<std::string>{entry->value}});
    }
    return found;
}

}  // namespace inhaul::git
