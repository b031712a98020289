#pragma once

#include <memory>

#include <inhaul/git/repository.hpp>

namespace inhaul::git {

/// A repository in which damage can be repaired.
class Repairable : public Repository {
public:
    /// Opens it once more, with nothing kept in memory of what it was.
    [[nodiscard]] virtual Result<void> look_again() = 0;
    /// Recreates it from the remote, and opens it.
    [[nodiscard]] virtual Result<void> recreate() = 0;
};

/// The same, repaired wherever damage (an error with code corrupt) shows. It is looked at twice
/// first: a `git gc` or `git repack` may have moved the objects meanwhile, which is no damage.
[[nodiscard]] std::unique_ptr<Repository> repairing(std::unique_ptr<Repairable> repository);

}  // namespace inhaul::git
