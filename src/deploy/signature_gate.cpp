// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include <inhaul/util/file.hpp>
#include <inhaul/util/process.hpp>
#include <inhaul/util/public_keys.hpp>
#include <inhaul/util/temporary_directory.hpp>
#include <inhaul/util/text.hpp>

#include "gates.hpp"
#include "gpg_status.hpp"

namespace inhaul::deploy {
namespace {

namespace fs = std::filesystem;
using deployment::Refused;

constexpr Milliseconds longest{30'000};

Result<fs::path> put(const TemporaryDirectory& directory, const char* name,
                     std::string_view content) {
    TRY(file::write_unsynced(directory.path() / name, content, 0600));
    return directory.path() / name;
}

struct VerifierResult {
    bool success = false;
    std::string output;
};

Result<VerifierResult> run_verifier(std::vector<std::string> argv,
                                    const std::optional<fs::path>& input, const char* package) {
    const auto program = argv.front();
    process::Command command{.argv = std::move(argv)};
    command.environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"LC_ALL", "C.UTF-8"}};
    command.clean_environment = true;
    command.capture_output = true;
    command.input_file = input;
    VerifierResult said;
    auto status = process::run(command, longest, &said.output);
    if (!status && status.error().code == ErrorCode::not_found)
        status.error().hint = fmt::format("Run: sudo apt install {}", package);
    const auto ended = TRY(std::move(status));
    // Another process ended it: that says nothing about the signature.
    if (ended.signal != 0)
        return fail(ErrorCode::host, fmt::format("{}: {}", program, process::describe(ended)), {},
                    true);
    said.success = ended.success();
    return said;
}

/// ssh-keygen reports an unusable file of keys as a bad signature. The file is no fault of the
/// commit.
Result<void> checked(Result<void> file, std::string_view key) {
    if (file) return {};
    file.error().code = ErrorCode::configuration;
    return fail(std::move(file.error()).within(fmt::format("read require.{}", key)));
}

/// Why a signature is invalid. Empty if it is valid.
using Fault = std::optional<std::string>;

class SignatureGate final : public Gate {
public:
    SignatureGate(const Requirements& require, git::CommitReader& commits)
        : signers_(require.allowed_signers),
          revoked_(require.revoked_signers),
          gpg_keys_(require.gpg_keys),
          commits_(commits) {}

    [[nodiscard]] std::string_view name() const override { return "signature"; }

    [[nodiscard]] Result<GateResult> check(const Candidate& candidate) override {
        const auto found = TRY(commits_.signature(candidate.commit));
        if (!found) return Refused{std::string{name()}, "the commit is not signed"};
        if (auto fault = TRY(judge(*found))) return Refused{std::string{name()}, std::move(*fault)};
        return Passes{};
    }

private:
    [[nodiscard]] Result<Fault> judge(const git::CommitReader::Signature& signature) {
        const bool ssh = signature.signature.starts_with("-----BEGIN SSH SIGNATURE-----");
        if (ssh && !signers_)
            return Fault{"it is signed with an SSH key, but require.allowed_signers is not set"};
        if (!ssh && !gpg_keys_)
            return Fault{"it is not signed with an SSH key, and require.gpg_keys is not set"};
        const auto scratch =
            TRY(TemporaryDirectory::in(TRY(system_temporary_directory()), "inhaul-signature-"));
        const auto file = TRY(put(scratch, "signature", signature.signature));
        const auto content = TRY(put(scratch, "content", signature.content));
        return ssh ? judge_ssh(file, content) : judge_gpg(scratch.path(), file, content);
    }

    /// The keys must be valid now, not at a time that the commit itself contains.
    [[nodiscard]] Result<Fault> judge_ssh(const fs::path& signature, const fs::path& content) {
        TRY(checked(public_keys::check_signers(*signers_), "allowed_signers"));
        if (revoked_) TRY(checked(public_keys::check_revoked(*revoked_), "revoked_signers"));
        const auto found = TRY(run_verifier({"ssh-keygen", "-Y", "find-principals", "-f",
                                             signers_->string(), "-s", signature.string()},
                                            std::nullopt, "openssh-client"));
        const auto names = trimmed(found.output);
        if (!found.success || names.empty())
            return Fault{fmt::format("its key is not among the allowed signers: {}",
                                     last_line(found.output))};
        std::vector<std::string> argv{"ssh-keygen",
                                      "-Y",
                                      "verify",
                                      "-n",
                                      "git",
                                      "-f",
                                      signers_->string(),
                                      "-I",
                                      std::string{trimmed(lines_of(names).front())},
                                      "-s",
                                      signature.string()};
        if (revoked_) argv.insert(argv.end(), {"-r", revoked_->string()});
        const auto verified = TRY(run_verifier(std::move(argv), content, "openssh-client"));
        if (verified.success) return Fault{};
        return Fault{"its signature is invalid: " + last_line(verified.output)};
    }

    [[nodiscard]] Result<Fault> judge_gpg(const fs::path& home, const fs::path& signature,
                                          const fs::path& content) {
        TRY(checked(public_keys::check_openpgp(*gpg_keys_), "gpg_keys"));
        const std::vector<std::string> gpg{"gpg",      "--homedir",      home.string(),   "--batch",
                                           "--no-tty", "--no-autostart", "--trust-model", "always"};
        auto import = gpg;
        import.insert(import.end(), {"--import", gpg_keys_->string()});
        const auto imported = TRY(run_verifier(std::move(import), std::nullopt, "gpg"));
        if (!imported.success)
            return fail(ErrorCode::configuration,
                        fmt::format("read the keys in {}: {}", gpg_keys_->string(),
                                    last_line(imported.output)),
                        public_keys::export_openpgp_hint(*gpg_keys_));
        auto verify = gpg;
        verify.insert(verify.end(),
                      {"--status-fd", "1", "--verify", signature.string(), content.string()});
        const auto said = TRY(run_verifier(std::move(verify), std::nullopt, "gpg"));
        return gpg_fault(said.output, said.success);
    }

    std::optional<fs::path> signers_;
    std::optional<fs::path> revoked_;
    std::optional<fs::path> gpg_keys_;
    git::CommitReader& commits_;
};

}  // namespace

std::unique_ptr<Gate> signature_gate(const Requirements& require, git::CommitReader& commits) {
    return std::make_unique<SignatureGate>(require, commits);
}

}  // namespace inhaul::deploy
