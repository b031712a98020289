#include "checkout.hpp"

#include <nlohmann/json.hpp>

#include <inhaul/util/bounded_json.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

#include <cli/cli.hpp>
#include <cli/output/console.hpp>

namespace inhaul::cli {
namespace {

using Json = nlohmann::json;

std::string text_in(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// Whoever started this in the directory has opened it, and has looked at the way to it.
bool is_here(const std::string& directory) {
    std::error_code error;
    return std::filesystem::equivalent(directory, ".", error) && !error;
}

}  // namespace

/// The answer goes to standard output, whatever it is: `inhaul init` reads it there.
ExitCode checkout(const std::string& directory) {
    // What the checkout's configuration includes may be of any size.
    const process::MemoryBound memory;
    const auto found = is_here(directory)
                           ? git::checkout_at(directory)
                           : fail(ErrorCode::refused, directory + " was changed meanwhile",
                                  "Look at what it is now, and run this again.");
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
    print(line.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n");
    return ExitCode::done;
}

Result<std::optional<git::Checkout>> parse_checkout(std::string_view line) {
    const auto answer = Json::parse(bounded_json(trimmed(line)), nullptr, false);
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
