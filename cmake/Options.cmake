# SPDX-License-Identifier: Apache-2.0
# What every target of ours is compiled with, in one place.
add_library(inhaul_options INTERFACE)
target_include_directories(inhaul_options INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_options(inhaul_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Wcast-qual -Wformat=2 -Wundef -Wimplicit-fallthrough
  # Designated initializers leave out what has a default on purpose.
  -Wno-missing-field-initializers
  # g++ 12 sees overlaps in std::string, and overflows in fmt, that are none (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release,MinSizeRel>>:-Wno-stringop-overflow>
  # With several sources in one, their names for themselves are no headers', nor hidden by others.
  $<$<BOOL:${CMAKE_UNITY_BUILD}>:-Wno-shadow>
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${CMAKE_UNITY_BUILD}>>:-Wno-subobject-linkage>
  # On 32-bit ARM: notes about an ABI of GCC 6, which no library here has.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-psabi>
  $<$<BOOL:${INHAUL_DEVELOPER}>:-Werror>)
# On 32-bit systems: files, file systems and limits of more than 4 GiB, and times after January 2038. No
# function of the libraries in use has a time_t.
target_compile_definitions(inhaul_options INTERFACE _FILE_OFFSET_BITS=64 _TIME_BITS=64)
# For a target that is built more often than it runs: a test.
define_property(TARGET PROPERTY INHAUL_UNOPTIMIZED)
# Hardening, where the compiler has it: as Debian builds its own packages, and what OpenSSF's guide for
# C and C++ adds. tests/check_hardening.py looks for it in what was built.
target_compile_options(inhaul_options INTERFACE -fstack-protector-strong -fPIE)
target_link_options(inhaul_options INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed)
# Undefined first, since Ubuntu's compilers define it themselves.
target_compile_options(inhaul_options INTERFACE -U_FORTIFY_SOURCE)
set(unoptimized $<OR:$<BOOL:${INHAUL_UNOPTIMIZED}>,$<BOOL:$<TARGET_PROPERTY:INHAUL_UNOPTIMIZED>>>)
target_compile_options(inhaul_options INTERFACE $<${unoptimized}:-O0>)
if(NOT INHAUL_SANITIZE)
  include(CheckCXXCompilerFlag)
  include(CheckCXXSourceCompiles)
  set(hardening -D_GLIBCXX_ASSERTIONS)
  foreach(flag IN ITEMS -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard
      -ftrivial-auto-var-init=zero)
    string(MAKE_C_IDENTIFIER "INHAUL_HAS${flag}" has)
    check_cxx_compiler_flag(${flag} ${has})
    if(${has})
      list(APPEND hardening ${flag})
    endif()
  endforeach()
  target_compile_options(inhaul_options INTERFACE "$<$<NOT:$<CONFIG:Debug>>:${hardening}>")
  # A C library without 3 says so in a warning, and takes it for 2.
  set(CMAKE_REQUIRED_FLAGS "-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -Werror")
  check_cxx_source_compiles("#include <cstdio>\nint main() { return 0; }" INHAUL_HAS_FORTIFY_3)
  unset(CMAKE_REQUIRED_FLAGS)
  set(fortify $<IF:$<BOOL:${INHAUL_HAS_FORTIFY_3}>,3,2>)
  # It needs the optimiser.
  target_compile_options(inhaul_options INTERFACE
    $<$<NOT:$<OR:$<CONFIG:Debug>,${unoptimized}>>:-D_FORTIFY_SOURCE=${fortify}>)
else()
  target_compile_options(inhaul_options INTERFACE
    -fsanitize=${INHAUL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    # These check each access to a member, and take a quarter of the time of a compilation.
    # AddressSanitizer reports a null pointer, and no code casts a pointer to a wider type.
    -fno-sanitize=null,alignment,vptr)
  target_link_options(inhaul_options INTERFACE -fsanitize=${INHAUL_SANITIZE})
endif()

# One library for each folder of src/, so that the layers of src/README.md are also what links.
#   inhaul_folder(NAME [FUZZED] SOURCES... [USES folder...] [LIBRARIES target...])
# FUZZED: fuzz targets use it. Then it counts what an input reaches, and takes a quarter longer to compile.
function(inhaul_folder name)
  cmake_parse_arguments(PARSE_ARGV 1 F "FUZZED" "" "SOURCES;USES;LIBRARIES")
  add_library(inhaul_${name} STATIC ${F_SOURCES})
  if(INHAUL_FUZZ AND F_FUZZED)
    target_compile_options(inhaul_${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  target_link_libraries(inhaul_${name} PUBLIC inhaul_options tl::expected)
  foreach(used IN LISTS F_USES)
    target_link_libraries(inhaul_${name} PUBLIC inhaul_${used})
  endforeach()
  target_include_directories(inhaul_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(inhaul_${name} PRIVATE fmt::fmt ${F_LIBRARIES})
endfunction()
