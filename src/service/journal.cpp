// SPDX-License-Identifier: Apache-2.0
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <inhaul/service/notify.hpp>
#include <inhaul/util/file.hpp>

namespace inhaul::service {
namespace {

/// $JOURNAL_STREAM names the stream that systemd connected to standard error. If it was redirected
/// since, the lines must go to the new destination.
bool stderr_is_the_journal() {
    const auto stream = file::environment("JOURNAL_STREAM");
    struct stat status {};
    if (!stream || ::fstat(STDERR_FILENO, &status) != 0) return false;
    return *stream == fmt::format("{}:{}", status.st_dev, status.st_ino);
}

std::string upper(std::string_view key) {
    std::string name{key};
    std::transform(name.begin(), name.end(), name.begin(), [](char letter) {
        return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
    });
    return name;
}

void send(const log::Event& event) {
    const auto line = log::format_line(event);
    std::vector<std::string> fields{"MESSAGE=" + line,
                                    fmt::format("PRIORITY={}", static_cast<int>(event.level)),
                                    "SYSLOG_IDENTIFIER=inhaul"};
    for (const auto& field : event.fields)
        fields.push_back(fmt::format("INHAUL_{}={}", upper(field.key), field.value));
    if (!event.message_id.empty()) fields.push_back(fmt::format("MESSAGE_ID={}", event.message_id));
    std::vector<iovec> parts;
    for (auto& field : fields)
        parts.push_back({field.data(), field.size()});
    // If the journal's socket fails, the stream still leads to the journal.
    if (::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) < 0)
        std::fprintf(stderr, "<%d>%s\n", static_cast<int>(event.level), line.c_str());
}

}  // namespace

log::Sink journal_sink() {
    if (!stderr_is_the_journal()) return {};
    return send;
}

}  // namespace inhaul::service
