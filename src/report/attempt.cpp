// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sys/stat.h>

#include <inhaul/forge/deployment_reports.hpp>
#include <inhaul/util/sandbox.hpp>
#include <inhaul/util/url.hpp>

namespace inhaul::report {
namespace {

/// A character that some servers escape in JSON or HTML, for example those in PHP and Go.
struct Escape {
    char character;
    std::string_view escape;
};
constexpr std::array escapes{Escape{'/', "\\/"}, Escape{'&', "\\u0026"}, Escape{'&', "&amp;"}};

std::string escaped(std::string_view text, const Escape& escape) {
    std::string result;
    result.reserve(text.size() * escape.escape.size());  // freed memory keeps no copy of a secret
    for (const char c : text)
        c == escape.character ? result.append(escape.escape) : result.append(1, c);
    return result;
}

std::string redact_all_forms(std::string text, const Secret& secret) {
    text = redact(std::move(text), secret);
    for (const auto& escape : escapes)
        if (secret.reveal().find(escape.character) != std::string::npos)
            text = redact(std::move(text), Secret{escaped(secret.reveal(), escape)});
    return text;
}

/// Returns the values of the query that may be secrets.
std::vector<Secret> values_in(std::string_view query) {
    constexpr std::size_t shortest = 8;
    std::vector<Secret> values;
    while (!query.empty()) {
        const auto part = query.substr(0, query.find('&'));
        const auto value = part.substr(std::min(part.find('='), part.size() - 1) + 1);
        if (value.size() >= shortest) values.emplace_back(std::string{value});
        query.remove_prefix(std::min(part.size() + 1, query.size()));
    }
    return values;
}

/// An answer may repeat the request, and with it a secret.
std::string without_secrets(std::string text, const Secrets& secrets) {
    for (const auto* const secret : {&secrets.url, &secrets.key, &secrets.token})
        if (*secret) text = redact_all_forms(std::move(text), **secret);
    if (!secrets.url) return text;
    const auto url = Url::parse(secrets.url->reveal());
    if (url && url->rest().size() > 1)
        text = redact_all_forms(std::move(text), Secret{url->rest()});
    for (const auto& value : values_in(url && url->query ? *url->query : std::string_view{}))
        text = redact_all_forms(std::move(text), value);
    return text;
}

void send(Transport& transport, http::Request request, NotifyTarget::Type type,
          const Secrets& secrets, const Clock& clock, std::function<void(DeliveryResult)> done) {
    transport.request(std::move(request), [type, secrets, &clock,
                                           done = std::move(done)](Result<http::Response> answer) {
        // Before it is shortened: the beginning of a secret at the cut would not be recognised.
        if (answer) answer->body = without_secrets(std::move(answer->body), secrets);
        done(delivery_result(type, answer, clock.now()));
    });
}

/// Returns true for a program that runs with the rights of its file's owner or group.
bool is_set_id(const std::string& program) {
    struct ::stat info {};
    return ::stat(program.c_str(), &info) == 0 && (info.st_mode & (S_ISUID | S_ISGID)) != 0;
}

}  // namespace

Result<Secrets> secrets_of(SecretFiles& files, const NotifyTarget& target) {
    Secrets secrets;
    secrets.url = TRY(files.secret(target.url_file));
    secrets.key = TRY(files.secret(target.secret_file));
    const bool mail = target.type == NotifyTarget::Type::email;
    secrets.token = TRY(files.secret(mail ? target.password_file : target.token_file));
    return secrets;
}

void attempt(Transport& transport, const NotifyTarget& target, const Message& message,
             const Secrets& secrets, TimePoint now, const Clock& clock,
             std::function<void(DeliveryResult)> done) {
    const auto type = target.type;
    auto end = [secrets, done = std::move(done)](DeliveryResult result) {
        result.message = without_secrets(std::move(result.message), secrets);
        done(std::move(result));
    };
    auto dispatch = dispatch_for(target, message, secrets, now);
    if (!dispatch) return end({DeliveryResult::Outcome::later, dispatch.error().message, {}});
    if (auto* const request = std::get_if<http::Request>(&*dispatch))
        return send(transport, std::move(*request), type, secrets, clock, std::move(end));
    if (auto* const program = std::get_if<Program>(&*dispatch)) {
        const bool set_id = is_set_id(program->argv.front());
        return transport.run(
            std::move(*program), [end, type, set_id](const Result<ProgramResult>& ended) {
                end(delivery_result(type, ended, {.unit = sandbox::unit(), .set_id = set_id}));
            });
    }
    transport.mail(std::move(std::get<mail::Message>(*dispatch)),
                   [end](const Result<mail::Reply>& ended) { end(delivery_result(ended)); });
}

std::string shown_place(const NotifyTarget& target, const Secrets& secrets) {
    if (!target.command.empty()) return target.command.front();
    const auto text = secrets.url ? secrets.url->reveal() : target.url.value_or("");
    const auto url = Url::parse(text);
    if (url) return fmt::format("{}://{}", url->scheme, url->host);
    if (target.type == NotifyTarget::Type::telegram) return "https://api.telegram.org";
    return target.type == NotifyTarget::Type::email ? "sendmail" : std::string{};
}

namespace {

/// A test by an operator runs outside of the agent's sandbox.
std::string warning_for_agent(const NotifyTarget& target) {
    if (target.type != NotifyTarget::Type::email || target.url || !sandbox::unit().empty())
        return {};
    const auto program = mail_command(target).front();
    if (!is_set_id(program)) return {};
    return fmt::format(
        ", but {} is setuid or setgid and does not work in the agent's unit (NoNewPrivileges=): {}",
        program, mail_hint);
}

/// Creates nothing: the answer shows whether the token could.
void test_github(Transport& transport, const NamedTarget& target, const Secret& token,
                 std::optional<std::int64_t> repository_id, const Clock& clock,
                 std::function<void(TestResult)> done) {
    const auto as = target.github->report.as;
    const auto call = forge::permission_test(as);
    auto request = forge::report_request(call, {target.github->repository, repository_id, token,
                                                target.target.ca_file, target.target.deadline});
    const auto url = request.url;
    transport.request(std::move(request), [&transport, &clock, target, token, repository_id, as,
                                           call, url, done = std::move(done)](
                                              const Result<http::Response>& response) {
        const auto answer = forge::read_report_answer(call, url, token, response, clock.now());
        if (answer.what == forge::ReportAnswer::Outcome::moved && !repository_id)
            return test_github(transport, target, token, answer.id, clock, done);
        if (!is_permitted(answer)) return done({false, answer.message});
        done({true, fmt::format("the token has the permission {}", forge::report_permission(as))});
    });
}

}  // namespace

void send_test(Transport& transport, const NamedTarget& target, const Origin& origin,
               const std::string& id, const Clock& clock, std::function<void(TestResult)> done) {
    SecretFiles files;
    const auto secrets = secrets_of(files, target.target);
    if (!secrets) return done({false, secrets.error().message});
    if (target.github)
        return secrets->token ? test_github(transport, target, *secrets->token, {}, clock, done)
                              : done({false, forge::no_report_token});
    attempt(transport, target.target, test_message(origin, target.name, id, clock.now()), *secrets,
            clock.now(), clock,
            [to = target.target, done = std::move(done)](DeliveryResult result) {
                const bool sent = result.what == DeliveryResult::Outcome::sent;
                if (sent) result.message += warning_for_agent(to);
                done({sent, std::move(result.message)});
            });
}

void send_metrics(Transport& transport, const NotifyTarget& target, std::string metrics,
                  const Clock& clock, std::function<void(TestResult)> done) {
    SecretFiles files;
    const auto secrets = secrets_of(files, target);
    if (!secrets) return done({false, secrets.error().message});
    auto request = otlp_request(target, *secrets, "metrics", std::move(metrics));
    if (!request) return done({false, request.error().message});
    send(transport, std::move(*request), target.type, *secrets, clock,
         [secrets = *secrets, done = std::move(done)](DeliveryResult result) {
             done({result.what == DeliveryResult::Outcome::sent,
                   without_secrets(std::move(result.message), secrets)});
         });
}

}  // namespace inhaul::report
