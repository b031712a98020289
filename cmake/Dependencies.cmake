# SPDX-License-Identifier: Apache-2.0
# Every library is a package of stock Debian 12, Debian 13 and Ubuntu 24.04: script/bootstrap
# installs them. The lowest versions are Debian 12's.
find_package(PkgConfig REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(fmt 9.1 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(LIBGIT2 REQUIRED IMPORTED_TARGET libgit2>=1.5.1)
pkg_check_modules(LIBSYSTEMD REQUIRED IMPORTED_TARGET libsystemd>=252)
# Debian 13's toml++ ships a compiled library too; the headers alone are the same on all of them.
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
