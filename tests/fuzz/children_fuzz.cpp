// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <inhaul/forge/git_remote.hpp>

#include <nlohmann/json.hpp>

#include <cli/commands/checkout.hpp>
#include <cli/output/merge.hpp>

#include "fuzzing.hpp"

// The input is output of a process of another account, which root reads: the checkout for init, the
// head of a branch, or tables and JSON of apps.

using namespace inhaul;

namespace {

constexpr auto account = "ada";

void check_checkout(std::string_view line) {
    const auto found = cli::parse_checkout(line);
    if (!found) {
        fuzz::require(!fuzz::has_control_character(found.error().message + found.error().hint),
                      "a child's error is one line");
        return;
    }
    fuzz::require(!*found || !(*found)->directory.empty(), "a checkout has a directory");
}

void check_head(std::string_view line) {
    const auto answer = forge::parse_answer(line, {});
    if (const auto* poll_error = std::get_if<PollError>(&answer.what))
        fuzz::require_readable(poll_error->message);
}

void check_json(const std::string& text) {
    const auto merged =
        cli::merged_json({{account, text}, {"bob", R"({"ok":true,"apps":[{}]})"}}, 3);
    fuzz::require(merged.size() <= 32 * text.size() + 4096 || text.size() > 4096,
                  "JSON does not grow without limit");
    const auto whole = nlohmann::json::parse(merged, nullptr, false);
    fuzz::require(whole.is_object(), "merged JSON is JSON");
    for (const auto& [key, list] : whole.items())
        for (const auto& element : list.is_array() ? list : nlohmann::json::array()) {
            const auto said = element.value("account", "");
            fuzz::require(said == account || said == "bob", "nobody speaks for another account");
        }
}

void check_text(const std::string& text) {
    const auto merged =
        cli::merged_text({{account, text}, {"bob", "APP\tSTATE\nshop\tok\n"}}, 3, true);
    fuzz::require(std::none_of(merged.begin(), merged.end(),
                               [](char c) {
                                   const auto byte = static_cast<unsigned char>(c);
                                   return (byte < 0x20 && c != '\n') || byte == 0x7f;
                               }),
                  "a table has no control characters but line feeds");
}

}  // namespace

void fuzz::run(std::string_view input) {
    const auto text = nested(input);
    check_checkout(text);
    check_head(text);
    check_json(text);
    check_text(text);
}
