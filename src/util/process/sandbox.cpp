// SPDX-License-Identifier: Apache-2.0
#include <inhaul/util/sandbox.hpp>

#include <algorithm>
#include <climits>
#include <filesystem>

#include <fmt/format.h>
#include <sys/prctl.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/systemctl.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::sandbox {
namespace {

/// Returns the line of the text that contains the words, or "". Caller must omit the first letter
/// of the words: it may be a capital.
std::string_view line_with(std::string_view text, std::string_view words) {
    const auto found = text.find(words);
    if (found == std::string_view::npos) return {};
    const auto begin = text.rfind('\n', found) + 1;  // npos + 1 is 0
    return text.substr(begin, text.find('\n', found) - begin);
}

/// Returns true for bytes that end a name in a message: white space, control characters,
/// punctuation, and quotes, also UTF-8 quotes.
bool delimits(char byte) {
    constexpr std::string_view marks{" '\"`:,;()[]"};
    return is_control(byte) || static_cast<unsigned char>(byte) >= 0x80 ||
           marks.find(byte) != std::string_view::npos;
}

/// Returns the directory of the first absolute path in the line.
std::string directory_in(std::string_view line) {
    for (auto at = line.find('/'); at != std::string_view::npos; at = line.find('/', at + 1)) {
        if (at > 0 && !delimits(line[at - 1])) continue;
        const auto* const end = std::find_if(line.begin() + at, line.end(), delimits);
        const auto above = std::filesystem::path{line.begin() + at, end}.parent_path();
        if (above != above.root_path() && above.native().size() < PATH_MAX) return above.string();
    }
    return "/DIRECTORY";
}

}  // namespace

std::string unit() {
    if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return {};
    const auto groups = file::read("/proc/self/cgroup", 64 * 1024);
    if (!groups) return {};
    const auto name = trimmed(*groups).substr(trimmed(*groups).rfind('/') + 1);
    return name.ends_with(".service") ? std::string{name} : std::string{};
}

std::string edit_command(std::string_view unit) {
    const bool of_system = unit.find('@') != std::string_view::npos;
    return systemctl(of_system ? UnitScope::system : UnitScope::user, "edit", unit);
}

std::string allow_writing(std::string_view edit_command, std::string_view directory) {
    const bool plain = directory.find_first_of(" \t\"'\\") == std::string_view::npos;
    const auto path = plain ? escaped_in_unit(directory, false)
                            : fmt::format("\"{}\"", escaped_in_unit(directory, true));
    return fmt::format("Run `{}`, add ReadWritePaths={} under [Service], and restart the unit.",
                       edit_command, path);
}

std::string hint(std::string_view output, std::string_view unit) {
    if (unit.empty()) return {};
    if (!line_with(output, "no new privileges").empty())
        return fmt::format(
            "Setuid programs such as sudo do not work in {}. Grant the permission with a "
            "polkit rule, or move the command to a unit that runs as root.",
            unit);
    if (const auto line = line_with(output, "ead-only file system"); !line.empty())
        return fmt::format("The sandbox of {} does not allow writes there. {}", unit,
                           allow_writing(edit_command(unit), directory_in(line)));
    if (!line_with(output, "connect to bus: No medium found").empty() ||
        !line_with(output, "XDG_RUNTIME_DIR not defined").empty())
        return fmt::format(
            "The sandbox of {} hides the account's user manager. Run `{}` and add under [Service]: "
            "InaccessiblePaths=",
            unit, edit_command(unit));
    if (!line_with(output, "peration not permitted").empty())
        return fmt::format(
            "If the command works outside the unit, the sandbox of {} blocks it. See "
            "/usr/share/doc/inhaul/examples/loosen.conf for the line that allows it.",
            unit);
    if (const auto line = line_with(output, "o such file or directory");
        line.find("/tmp/") != std::string_view::npos)
        return fmt::format(
            "{} has its own /tmp. Run `{}` and add under [Service]: PrivateTmp=no and "
            "ReadWritePaths=/tmp",
            unit, edit_command(unit));
    return {};
}

}  // namespace inhaul::sandbox
