// SPDX-License-Identifier: Apache-2.0
#include "checkout.hpp"

#include <nlohmann/json.hpp>

#include <inhaul/util/bounded_json.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/text.hpp>

#include <cli/cli.hpp>
#include <cli/output/console.hpp>

namespace inhaul::cli {
namespace {

std::string text_in(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// The caller has checked and opened the directory, and starts this process in it.
bool is_here(const std::string& directory) {
    std::error_code error;
    return std::filesystem::equivalent(directory, ".", error) && !error;
}

Result<std::optional<git::Checkout>> was_changed(const std::string& directory) {
    return fail(ErrorCode::refused, directory + " was changed in the meantime",
                "Check the directory, and run `inhaul init` again.");
}

}  // namespace

/// Prints the answer, also an error, to standard output: `inhaul init` reads it there.
ExitCode checkout(const std::string& directory) {
    // The checkout's configuration may include files of any size.
    const process::MemoryBound memory;
    auto found = is_here(directory) ? git::checkout_at(directory) : was_changed(directory);
    // libgit2 resolves the path again.
    if (found && !is_here(directory)) found = was_changed(directory);
    nlohmann::json line = nlohmann::json::object();
    if (!found)
        line["error"] = {{"code", to_string(found.error().code)},
                         {"message", found.error().message},
                         {"hint", found.error().hint}};
    else if (*found)
        line = {{"directory", (*found)->directory.string()},
                {"remote", (*found)->remote},
                {"branch", (*found)->branch.value_or("")}};
    // A path or a URL may have bytes that are not UTF-8.
    print(line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n");
    return ExitCode::done;
}

Result<std::optional<git::Checkout>> parse_checkout(std::string_view line) {
    const auto answer = nlohmann::json::parse(bounded_json(trimmed(line)), nullptr, false);
    if (!answer.is_object()) return fail(ErrorCode::failed, "the checkout cannot be read");
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
