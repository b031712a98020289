// SPDX-License-Identifier: Apache-2.0
#include "notify_table.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/text.hpp>
#include <inhaul/util/url.hpp>

#include <config/values.hpp>

namespace inhaul::config {
namespace {

using Type = NotifyTarget::Type;
using std::chrono::minutes;

constexpr std::size_t longest_name = 64;
/// The name of the target in the table `[otlp]`, and of that table.
constexpr std::string_view otlp_name{"otlp"};
constexpr std::size_t largest_target_file = 16 * 1024;

/// What a type of target needs and allows, beside `type`, `events` and `deadline`.
struct Needs {
    Type type;
    std::vector<std::string_view> required;
    std::vector<std::string_view> optional;
};
const std::vector<Needs>& all_needs() {
    static const std::vector<Needs> needs{
        {Type::webhook, {"url_file"}, {"url", "secret_file", "ca_file"}},
        {Type::slack, {"url_file"}, {"ca_file"}},
        {Type::discord, {"url_file"}, {"ca_file"}},
        {Type::ntfy, {"url_file"}, {"url", "token_file", "ca_file"}},
        {Type::telegram, {"token_file", "chat"}, {"url", "ca_file"}},
        {Type::email, {"to"}, {"from", "url", "user", "password_file", "command", "ca_file"}},
        {Type::ping, {"url_file"}, {"ca_file"}},
        {Type::command, {"command"}, {}},
        {Type::otlp, {"url_file"}, {"url", "token_file", "ca_file"}},
    };
    return needs;
}
const Needs& needs_of(Type type) {
    return *std::find_if(all_needs().begin(), all_needs().end(),
                         [&](const Needs& each) { return each.type == type; });
}

bool has_word(const std::vector<std::string_view>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// Letters, digits, `_` and `-`: a name is a part of a TOML key, of options and of log lines.
bool is_target_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_name && name.front() != '-' &&
           is_alphanumeric(name, "_-");
}

/// Mail addresses as inhaul uses them in headers and in SMTP: nothing that would need a quote.
bool is_mail_address(std::string_view text) {
    const auto at = text.rfind('@');
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               const auto byte = static_cast<unsigned char>(c);
               return byte > 0x20 && byte < 0x7f &&
                      std::string_view{"<>()[]\\,;:\""}.find(c) == std::string_view::npos;
           });
}

/// The table of a target.
std::string table_name(const NotifyTarget& target) {
    return target.type == Type::otlp ? target.name : fmt::format("notify.{}", target.name);
}

/// Reads one target.
class TargetReader {
public:
    TargetReader(Document& document, std::string name)
        : document_(document), prefix_(fmt::format("notify.{}", name)) {
        target_.name = std::move(name);
    }
    /// The table `[otlp]`.
    TargetReader(Document& document, NotifyTarget target)
        : document_(document), prefix_(table_name(target)), target_(std::move(target)) {}

    std::optional<NotifyTarget> read();
    NotifyTarget read_values();

private:
    [[nodiscard]] std::string key(std::string_view name) const {
        return fmt::format("{}.{}", prefix_, name);
    }
    void wrong(std::string_view name, std::string message, std::string hint = {}) {
        document_.problem(name.empty() ? prefix_ : key(name), std::move(message), std::move(hint));
    }
    [[nodiscard]] bool read_type();
    void check_needs();
    void read_events();
    void read_url();
    void read_mail();

    Document& document_;
    std::string prefix_;
    NotifyTarget target_;
};

std::optional<NotifyTarget> TargetReader::read() {
    if (!is_target_name(target_.name)) {
        wrong("", fmt::format("{} is not a valid target name", in_quotes(target_.name)),
              "Use at most 64 letters, digits, _ and -.");
        return std::nullopt;
    }
    if (target_.name == otlp_name) {
        wrong("", "is the name of the target in [otlp]", "Use another name.");
        return std::nullopt;
    }
    if (!read_type()) return std::nullopt;
    return read_values();
}

NotifyTarget TargetReader::read_values() {
    check_needs();
    read_events();
    read_url();
    target_.secret_file = path_at(document_, key("secret_file"));
    target_.token_file = path_at(document_, key("token_file"));
    target_.password_file = path_at(document_, key("password_file"));
    target_.ca_file = path_at(document_, key("ca_file"));
    target_.chat = document_.text(key("chat")).value_or("");
    if (has_control_character(target_.chat)) wrong("chat", "contains a control character");
    if (target_.type == Type::email) read_mail();
    if (auto argv = document_.words(key("command"))) {
        check_argv(document_, key("command"), *argv, false);
        target_.command = std::move(*argv);
    }
    target_.deadline =
        duration_at(document_, key("deadline"), {Seconds{1}, minutes{5}}, target_.deadline);
    return std::move(target_);
}

bool TargetReader::read_type() {
    if (!document_.has(key("type"))) {
        wrong("type", "is missing",
              fmt::format("Add to [{}]: type = \"webhook\". The types are: {}.", prefix_,
                          fmt::join(target_type_names(), ", ")));
        return false;
    }
    const auto text = document_.text(key("type"));
    if (!text) return false;
    if (const auto type = target_type_from(*text)) {
        target_.type = *type;
        return true;
    }
    const auto names = target_type_names();
    const auto similar = nearest(*text, names);
    wrong("type", fmt::format("{} is not a type of target", in_quotes(*text)),
          similar ? fmt::format("Did you mean \"{}\"?", *similar)
                  : fmt::format("The types are: {}.", fmt::join(names, ", ")));
    return false;
}

void TargetReader::check_needs() {
    const auto& needs = needs_of(target_.type);
    for (const auto name : needs.required) {
        const bool other = name == "url_file" && has_word(needs.optional, "url");
        if (!document_.has(key(name)) && !(other && document_.has(key("url"))))
            wrong(
                name, "is missing",
                fmt::format("Add to [{}]: {}", prefix_, example_line(key(name), Schema::account)));
    }
    for (const std::string_view name :
         {"url_file", "url", "secret_file", "token_file", "chat", "to", "from", "user",
          "password_file", "command", "ca_file"})
        if (document_.has(key(name)) && !has_word(needs.required, name) &&
            !has_word(needs.optional, name))
            wrong(name, fmt::format("has no effect for the type {}", to_string(target_.type)),
                  name == "url" ? "The URL is a secret: write it into a file, and set url_file."
                                : "Remove it.");
    if (document_.has(key("url")) && document_.has(key("url_file")))
        wrong("url", "cannot be combined with url_file", "Remove one of the two.");
}

void TargetReader::read_events() {
    const auto words = document_.words(key("events"));
    if (!words) return;
    target_.events.clear();
    const auto names = report_kind_names();
    for (const auto& word : *words) {
        if (const auto kind = report_kind_from(word)) {
            target_.events.insert(*kind);
            continue;
        }
        const auto similar = nearest(word, names);
        wrong("events", fmt::format("{} is not an event", in_quotes(word)),
              similar ? fmt::format("Did you mean \"{}\"?", *similar)
                      : fmt::format("The events are: {}.", fmt::join(names, ", ")));
    }
    if (words->empty())
        wrong("events", "contains no event",
              fmt::format("Example: {}", example_line("notify.x.events")));
}

/// A URL may be a secret even where it does not have to be: no message repeats it.
void TargetReader::read_url() {
    target_.url_file = path_at(document_, key("url_file"));
    target_.url = document_.text(key("url"));
    if (!target_.url) return;
    const bool mail = target_.type == Type::email;
    const auto url = Url::parse(*target_.url);
    const auto example = mail ? "smtp://mail.example.com:587" : "https://example.com/hooks/inhaul";
    if (!url || url->fragment)
        return wrong("url", "is not a URL", fmt::format("Example: url = \"{}\"", example));
    if (url->user)
        return wrong("url", "contains a user name or password",
                     mail ? "Set user and password_file." : "Remove it.");
    if (mail) {
        if (url->scheme != "smtp" && url->scheme != "smtps")
            return wrong("url", "is not the URL of a mail server",
                         fmt::format("Example: url = \"{}\"", example));
        if (url->path.size() > 1 || url->query)
            return wrong("url", "has a path, which a mail server does not use",
                         fmt::format("Example: url = \"{}\"", example));
    } else if (!url->is_encrypted_or_local()) {
        wrong("url", fmt::format("the URL of {} is not https", in_quotes(url->host)),
              "inhaul would send data unencrypted. Write https://.");
    }
}

void TargetReader::read_mail() {
    target_.to = document_.words(key("to")).value_or(std::vector<std::string>{});
    target_.from = document_.text(key("from")).value_or("");
    target_.user = document_.text(key("user")).value_or("");
    if (document_.has(key("to")) && target_.to.empty())
        wrong("to", "contains no address", fmt::format("Example: {}", example_line("notify.x.to")));
    for (const auto& address : target_.to)
        if (!is_mail_address(address))
            wrong("to", fmt::format("{} is not a mail address", in_quotes(address)),
                  fmt::format("Example: {}", example_line("notify.x.to")));
    if (!target_.from.empty() && !is_mail_address(target_.from))
        wrong("from", fmt::format("{} is not a mail address", in_quotes(target_.from)),
              fmt::format("Example: {}", example_line("notify.x.from")));
    if (has_control_character(target_.user)) wrong("user", "contains a control character");
    if (target_.url && target_.from.empty())
        wrong("from", "is missing",
              fmt::format("A mail server needs the address of the sender. Example: {}",
                          example_line("notify.x.from")));
    if (target_.url && document_.has(key("command")))
        wrong("command", "cannot be combined with url", "Remove one of the two.");
    for (const std::string_view name : {"user", "password_file", "ca_file"})
        if (document_.has(key(name)) && !target_.url)
            wrong(name, fmt::format("has no effect without {}.url", prefix_),
                  "Set url to the mail server, or remove it.");
    if (document_.has(key("user")) != document_.has(key("password_file")))
        wrong(document_.has(key("user")) ? "user" : "password_file",
              "needs both a user and a password",
              fmt::format("Set user and password_file in [{}].", prefix_));
}

}  // namespace

std::vector<NotifyTarget> read_targets(Document& document) {
    std::vector<NotifyTarget> targets;
    for (auto& name : document.tables_in("notify"))
        if (auto target = TargetReader{document, std::move(name)}.read())
            targets.push_back(std::move(*target));
    return targets;
}

std::optional<NotifyTarget> read_otlp(Document& document) {
    if (!document.has(otlp_name)) return std::nullopt;
    NotifyTarget target{.name = std::string{otlp_name}, .type = Type::otlp};
    // A trace describes a finished deployment.
    target.events = {ReportKind::succeeded, ReportKind::failed, ReportKind::rolled_back,
                     ReportKind::refused};
    return TargetReader{document, std::move(target)}.read_values();
}

void inspect_targets(Document& document, const std::vector<NotifyTarget>& targets) {
    for (const auto& target : targets) {
        const auto check = [&](std::string_view name, const std::optional<fs::path>& file,
                               std::string_view content) {
            if (!file) return;
            const auto key = fmt::format("{}.{}", table_name(target), name);
            const auto secret = file::read_private(*file, largest_target_file);
            const auto hint = fmt::format("Put {} into the file, on a single line.", content);
            if (!secret)
                document.problem(
                    key, secret.error().message,
                    secret.error().code == ErrorCode::not_found ? hint : secret.error().hint);
            else if (trimmed(secret->reveal()).empty())
                document.problem(key, fmt::format("{} is empty", file->string()), hint);
        };
        check("url_file", target.url_file, "the URL");
        check("secret_file", target.secret_file, "the secret, such as whsec_…");
        check("token_file", target.token_file, "the token");
        check("password_file", target.password_file, "the password");
        if (!target.ca_file) continue;
        if (const auto text = file::read(*target.ca_file, 4 * 1024 * 1024); !text)
            document.problem(fmt::format("{}.ca_file", table_name(target)), text.error().message,
                             text.error().hint);
    }
}

Table table_of(const NotifyTarget& target) {
    Table table{table_name(target)};
    if (target.type != Type::otlp) {
        table.add_text("type", to_string(target.type));
        std::vector<std::string> events;
        for (const auto kind : target.events)
            events.emplace_back(to_string(kind));
        table.add("events", toml_array(events));
    }
    table.add_path("url_file", target.url_file);
    if (target.url) table.add_text("url", *target.url);
    table.add_path("secret_file", target.secret_file,
                   target.type == Type::webhook ? "signs each message" : "");
    table.add_path("token_file", target.token_file);
    if (!target.chat.empty()) table.add_text("chat", target.chat);
    if (!target.to.empty()) table.add("to", toml_array(target.to));
    if (!target.from.empty()) table.add_text("from", target.from);
    if (!target.user.empty()) table.add_text("user", target.user);
    table.add_path("password_file", target.password_file);
    if (!target.command.empty()) table.add("command", toml_array(target.command));
    table.add_path("ca_file", target.ca_file);
    table.add_duration("deadline", target.deadline, "each attempt");
    return table;
}

}  // namespace inhaul::config
