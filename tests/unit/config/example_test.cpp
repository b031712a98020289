// SPDX-License-Identifier: Apache-2.0
#include "reading.hpp"

namespace inhaul::test {
namespace {

struct Line {
    std::string text;
    bool stated;  ///< `#KEY = …`: commented out
    bool has_default;
};

std::vector<Line> lines_of_example() {
    std::vector<Line> lines;
    std::istringstream text{example_text()};
    for (std::string line; std::getline(text, line);) {
        const bool stated = line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
        lines.push_back({line, stated, line.find("# no default") == std::string::npos});
    }
    return lines;
}

/// The example with the lines that `chosen` picks, uncommented.
template <class Chosen>
std::string example_with(Chosen chosen) {
    std::string text;
    for (const auto& line : lines_of_example())
        text += (line.stated && chosen(line) ? line.text.substr(1) : line.text) + "\n";
    return text;
}

}  // namespace

TEST_CASE("the example is valid as it is") {
    const auto settings = settings_of(example_text());
    CHECK(settings.git_url == "ssh://git@github.com/octocat/myapp.git");
    CHECK(std::get<SystemdUnits>(settings.service).names ==
          std::vector<std::string>{"myapp.service"});
    CHECK_FALSE(settings.releases);  // in-place, as it states
}

TEST_CASE("the example shows the actual defaults") {
    // Some keys have no effect without another key of their table, so set that key.
    const auto in_use = [](std::string text) {
        const auto layout = text.find("layout = \"in-place\"");
        const bool stated = text[layout - 1] == '#';
        text.replace(stated ? layout - 1 : layout, stated ? 21 : 20, "layout = \"releases\"");
        for (const char* const key : {"#build = ", "#url = \"http://127"})
            text.erase(text.find(key), 1);
        const std::string named{"#checks = [\"build\", \"test\"]"};
        text.replace(text.find(named), named.size(), "checks = \"all\"");
        return text;
    };
    const auto with_defaults =
        in_use(example_with([](const Line& line) { return line.has_default; }));
    CHECK(with_defaults != in_use(example_text()));
    CHECK(config::to_toml(settings_of(with_defaults)) ==
          config::to_toml(settings_of(in_use(example_text()))));
}

TEST_CASE("each key without a default is valid as the example shows it", "[long]") {
    for (const auto& line : lines_of_example()) {
        if (!line.stated || line.has_default) continue;
        auto text = example_with([&](const Line& other) { return other.text == line.text; });
        if (line.text.starts_with("#restart")) {  // in place of the unit
            const auto unit = text.find("unit = ");
            text.insert(unit, "#");
        }
        if (line.text.find("secret_file") != std::string::npos)
            text.replace(text.find("#url = "), 1, "");
        if (line.text.starts_with("#old_secret_file"))
            text.replace(text.find("#secret_file = "), 1, "");
        const auto uncomment = [&](const std::string& what) {
            if (const auto found = text.find(what); found != std::string::npos)
                text.replace(found, 1, "");
        };
        if (line.text.starts_with("#shared")) {
            uncomment("#layout = ");
            text.replace(text.find("\"in-place\"\n"), 10, "\"releases\"");
        }
        if (line.text.starts_with("#body") || line.text.starts_with("#header"))
            uncomment("#url = \"http://127");
        if (line.text.starts_with("#environment")) uncomment("#build = ");
        if (line.text.starts_with("#revoked")) uncomment("#allowed_signers = ");
        if (line.text.starts_with("#zone")) uncomment("#windows = ");
        if (text.find("\n" + line.text.substr(1)) > text.find("[report]")) {
            text.replace(text.find("#github = \"off\""), 15, "github = \"deployments\"");
            uncomment("#token_file = \"/etc/inhaul/scripts/report_token\"");
        }
        INFO(line.text);
        CHECK(config::to_toml(settings_of(text)) != config::to_toml(settings_of(example_text())));
    }
}

TEST_CASE("the example shows every key") {
    // The hints list the keys of each table.
    for (const auto* const table :
         {"", "auth", "tls", "github", "relay", "poll", "deploy", "service", "report"}) {
        const auto prefix = *table == '\0' ? std::string{} : std::string{"["} + table + "]\n";
        const auto said = problems_of(std::string{least} + prefix + "frobnicate = 1\n");
        auto begin = said.find(*table == '\0' ? "The keys are: " : " has: ");
        REQUIRE(begin != std::string::npos);
        begin = said.find(": ", begin) + 2;
        std::istringstream names{said.substr(begin, said.find_first_of(".\n", begin) - begin)};
        for (std::string name; names >> name && name != "and";) {
            while (name.ends_with(',') || name.ends_with('.'))
                name.pop_back();
            INFO(table << ": " << name);
            CHECK_THAT("\n" + example_text(), ContainsSubstring("\n" + name + " = ") ||
                                                  ContainsSubstring("\n#" + name + " = "));
        }
    }
}

}  // namespace inhaul::test
