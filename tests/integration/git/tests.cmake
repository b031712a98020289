# SPDX-License-Identifier: Apache-2.0
# The code that writes to the tree and removes from it.
set(writing hostile_test switch_test submodules_test preflight_test)
# Each switch syncs its file system.
inhaul_test(integration git IN_MEMORY SEPARATE
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/open_repository_test.cpp ${CMAKE_CURRENT_LIST_DIR}/fetch_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/switch_test.cpp ${CMAKE_CURRENT_LIST_DIR}/local_edits_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/kill_test.cpp ${CMAKE_CURRENT_LIST_DIR}/hostile_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/rebuild_test.cpp ${CMAKE_CURRENT_LIST_DIR}/damage_test.cpp ${CMAKE_CURRENT_LIST_DIR}/user_git_test.cpp ${CMAKE_CURRENT_LIST_DIR}/line_ends_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/attributes_test.cpp ${CMAKE_CURRENT_LIST_DIR}/packs_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/submodules_test.cpp ${CMAKE_CURRENT_LIST_DIR}/preflight_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/ref_conflicts_test.cpp
  USES git core util)
# The merging of packs is tested below the public header.
target_include_directories(integration_git PRIVATE ${PROJECT_SOURCE_DIR}/src)

# Against sshd, and nginx with git-http-backend.
inhaul_test(integration git_remote
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/ssh_test.cpp ${CMAKE_CURRENT_LIST_DIR}/https_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/https_faults_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/https_proxy_test.cpp ${CMAKE_CURRENT_LIST_DIR}/https_head_test.cpp ${CMAKE_CURRENT_LIST_DIR}/ssh_head_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/ssh_session_test.cpp
  USES git core util LIBRARIES nlohmann_json::nlohmann_json)
target_compile_definitions(integration_git_remote PRIVATE
  INHAUL_TEST_PYTHON="${Python3_EXECUTABLE}"
  INHAUL_TEST_SUPPORT="${PROJECT_SOURCE_DIR}/tests/support")
list(TRANSFORM writing REPLACE "(.+)" "[#\\1]")
list(JOIN writing "," writing)
inhaul_test_without(openat2 integration/git $<TARGET_FILE:integration_git> "-#" "${writing}")
set_tests_properties(integration/git_without_openat2 PROPERTIES COST 100)  # the longest begins first
