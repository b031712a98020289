# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit forge
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/checks_test.cpp ${CMAKE_CURRENT_LIST_DIR}/github_request_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/head_reply_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/answer_line_test.cpp ${CMAKE_CURRENT_LIST_DIR}/registration_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/deployment_reports_test.cpp
  USES forge core util)
# The parser of pages of checks is below the public header.
target_include_directories(unit_forge PRIVATE ${PROJECT_SOURCE_DIR}/src)
