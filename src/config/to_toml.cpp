#include <inhaul/config/config.hpp>

#include <fmt/format.h>

namespace inhaul::config {
namespace {

/// A basic string of TOML.
std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out += fmt::format("\\{}", c);
        else if (byte < 0x20 || byte == 0x7f)
            out += fmt::format("\\u{:04x}", byte);
        else
            out += c;
    }
    return out + "\"";
}

std::string line(std::string_view key, std::string_view value, std::string_view remark = {}) {
    if (remark.empty()) return fmt::format("{:<16} = {}\n", key, value);
    return fmt::format("{:<16} = {}  # {}\n", key, value, remark);
}

std::string path_line(std::string_view key, const std::optional<fs::path>& path) {
    return path ? line(key, toml_string(path->string())) : std::string{};
}

std::string section(std::string_view name, const std::string& lines) {
    return lines.empty() ? std::string{} : fmt::format("\n[{}]\n{}", name, lines);
}

std::string service_lines(const Settings& settings) {
    if (std::holds_alternative<NothingToRestart>(settings.service)) return {};
    std::string lines;
    if (const auto* unit = std::get_if<SystemdUnit>(&settings.service)) {
        lines += line("unit", toml_string(unit->unit));
        lines += line("scope", unit->scope == SystemdUnit::Scope::user ? "\"user\"" : "\"system\"");
        lines += line("settle", toml_string(format_duration(settings.settle)));
    } else {
        std::string words;
        for (const auto& word : std::get<RestartCommand>(settings.service).argv)
            words += (words.empty() ? "" : ", ") + toml_string(word);
        lines += line("restart", "[" + words + "]");
    }
    return lines +
           line("restart_deadline", toml_string(format_duration(settings.restart_deadline)));
}

}  // namespace

std::string to_toml(const Settings& settings) {
    auto text = line("repository", toml_string(settings.repository), "git: " + settings.git_url) +
                line("branch", toml_string(settings.branch.text())) +
                line("directory", toml_string(settings.directory.string())) +
                path_line("stamp", settings.stamp);
    text += section("auth", path_line("ssh_key", settings.ssh_key) +
                                path_line("known_hosts", settings.known_hosts) +
                                path_line("token_file", settings.token_file));
    text += section("tls", path_line("ca_file", settings.ca_file));
    if (settings.github)
        text += section("github", line("api_url", toml_string(settings.github->api)));
    const bool api = settings.head_source == HeadSource::github_api;
    text += section("poll", line("interval", toml_string(format_duration(settings.poll_interval))) +
                                line("via", api ? "\"api\"" : "\"git\"",
                                     api ? "GitHub's REST API" : "the git protocol, in a child"));
    text +=
        section("deploy", line("deadline", toml_string(format_duration(settings.deploy_deadline))));
    return text + section("service", service_lines(settings));
}

}  // namespace inhaul::config
