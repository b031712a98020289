# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit report
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/attempt_test.cpp ${CMAKE_CURRENT_LIST_DIR}/formats_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/github_test.cpp ${CMAKE_CURRENT_LIST_DIR}/mail_child_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/outbox_test.cpp ${CMAKE_CURRENT_LIST_DIR}/traces_test.cpp
  USES report ledger core util LIBRARIES nlohmann_json::nlohmann_json)
target_include_directories(unit_report PRIVATE ${PROJECT_SOURCE_DIR}/src)
