#include "checkout.hpp"

#include <nlohmann/json.hpp>

#include <inhaul/util/text.hpp>

#include "cli.hpp"
#include "console.hpp"

namespace inhaul::cli {
namespace {

using Json = nlohmann::json;

std::string text_in(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace

/// The answer goes to standard output, whatever it is: `inhaul init` reads it there.
ExitCode checkout(const std::string& directory) {
    const auto found = git::checkout_at(directory);
    Json line = Json::object();
    if (!found)
        line["error"] = {{"code", to_string(found.error().code)},
                         {"message", found.error().message},
                         {"hint", found.error().hint}};
    else if (*found)
        line = {{"directory", (*found)->directory.string()},
                {"remote", (*found)->remote},
                {"branch", (*found)->branch.value_or("")}};
    // A path or a URL may hold bytes that are no UTF-8.
    print(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    return ExitCode::done;
}

Result<std::optional<git::Checkout>> parse_checkout(std::string_view line) {
    const auto answer = Json::parse(trimmed(line), nullptr, false);
    if (!answer.is_object())
        return fail(ErrorCode::failed, "the checkout could not be looked into");
    if (const auto error = answer.find("error"); error != answer.end() && error->is_object())
        return fail(error_code_from(text_in(*error, "code")), printable(text_in(*error, "message")),
                    printable(text_in(*error, "hint")));
    const auto directory = text_in(answer, "directory");
    if (directory.empty()) return std::nullopt;
    const auto branch = text_in(answer, "branch");
    return git::Checkout{directory, text_in(answer, "remote"),
                         branch.empty() ? std::nullopt : std::optional{branch}};
}

}  // namespace inhaul::cli
