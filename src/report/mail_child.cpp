// SPDX-License-Identifier: Apache-2.0
#include <inhaul/report/mail_child.hpp>

#include <nlohmann/json.hpp>

#include <inhaul/util/bounded_json.hpp>
#include <inhaul/util/text.hpp>

namespace inhaul::report {
namespace {

using nlohmann::json;

std::string text_at(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}
std::int64_t number_at(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}
std::string line_of(const json& value) {
    return value.dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace

std::string format_message(const mail::Message& mail) {
    json line{{"url", mail.url},
              {"from", mail.from},
              {"to", mail.to},
              {"text", mail.text},
              {"deadline", mail.deadline.count()}};
    if (mail.login) {
        line["user"] = mail.login->user;
        line["password"] = mail.login->password.reveal();
    }
    if (mail.ca_file) line["ca_file"] = mail.ca_file->string();
    return line_of(line);
}

Result<mail::Message> parse_message(std::string_view text) {
    const auto line = json::parse(bounded_json(trimmed(text)), nullptr, false);
    if (!line.is_object()) return fail(ErrorCode::protocol, "standard input contains no mail");
    mail::Message mail{.url = text_at(line, "url"),
                       .from = text_at(line, "from"),
                       .to = {},
                       .text = text_at(line, "text"),
                       .deadline = Milliseconds{number_at(line, "deadline")}};
    if (const auto to = line.find("to"); to != line.end() && to->is_array())
        for (const auto& address : *to)
            if (address.is_string()) mail.to.push_back(address.get<std::string>());
    if (line.contains("user"))
        mail.login = http::Login{text_at(line, "user"), Secret{text_at(line, "password")}};
    if (line.contains("ca_file")) mail.ca_file = text_at(line, "ca_file");
    if (mail.url.empty() || mail.to.empty() || mail.deadline.count() <= 0)
        return fail(ErrorCode::protocol, "standard input contains no complete mail");
    return mail;
}

std::string format_reply(const mail::Reply& reply) {
    return line_of({{"code", reply.code}, {"sent", reply.sent}, {"what", reply.what}});
}

Result<mail::Reply> parse_reply(std::string_view text) {
    constexpr std::int64_t largest_code = 999;
    const auto no_result = fail(
        ErrorCode::protocol, "the child process that sends the mail printed no result", {}, true);
    const auto line = json::parse(bounded_json(trimmed(text)), nullptr, false);
    const auto sent = line.is_object() ? line.find("sent") : line.end();
    if (!line.is_object() || sent == line.end() || !sent->is_boolean()) return no_result;
    const auto code = number_at(line, "code");
    mail::Reply reply{.code = static_cast<int>(code),
                      .sent = sent->get<bool>(),
                      .what = printable(text_at(line, "what"))};
    const bool complete = reply.sent || !reply.what.empty();
    if (code < 0 || code > largest_code || !complete) return no_result;
    return reply;
}

}  // namespace inhaul::report
