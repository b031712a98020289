# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit git
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/ref_listing_test.cpp ${CMAKE_CURRENT_LIST_DIR}/safe_path_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/patterns_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/packs_test.cpp ${CMAKE_CURRENT_LIST_DIR}/gitmodules_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/release_name_test.cpp ${CMAKE_CURRENT_LIST_DIR}/ident_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/signed_commit_test.cpp ${CMAKE_CURRENT_LIST_DIR}/ssh_error_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/http_answer_test.cpp
  USES git core util)
target_include_directories(unit_git PRIVATE ${PROJECT_SOURCE_DIR}/src)
