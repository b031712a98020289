#include "objects.hpp"

#include <cstdlib>

#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>

namespace inhaul::fuzz {

MemoryRepository::MemoryRepository() {
    require(git::initialise().has_value(), "the library can be used");
    git_odb* objects = nullptr;
    git_odb_backend* memory = nullptr;
    git_repository* repository = nullptr;
    require(git_odb_new(&objects) == 0 && git_mempack_new(&memory) == 0 &&
                git_odb_add_backend(objects, memory, 1) == 0 &&
                git_repository_wrap_odb(&repository, objects) == 0,
            "a repository can be kept in memory");
    objects_.reset(objects);
    repository_.reset(repository);
}

git_oid MemoryRepository::write(git_object_t type, std::string_view bytes) const {
    git_oid id{};
    require(git_odb_write(&id, objects_.get(), bytes.data(), bytes.size(), type) == 0,
            "an object can be written");
    return id;
}

Scratch::Scratch() {
    std::error_code none;
    const std::filesystem::path memory{"/dev/shm"};
    const auto base = std::filesystem::is_directory(memory, none)
                          ? memory
                          : std::filesystem::temp_directory_path();
    auto name = (base / "inhaul-fuzz-XXXXXX").string();
    require(::mkdtemp(name.data()) != nullptr, "a directory can be made");
    path_ = name;
}

Scratch::~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace inhaul::fuzz
