# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit ledger
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/place.cpp ${CMAKE_CURRENT_LIST_DIR}/record_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/save_test.cpp ${CMAKE_CURRENT_LIST_DIR}/watch_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/open_database_test.cpp ${CMAKE_CURRENT_LIST_DIR}/migration_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/crash_test.cpp ${CMAKE_CURRENT_LIST_DIR}/disk_test.cpp ${CMAKE_CURRENT_LIST_DIR}/database_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/restrictions_test.cpp ${CMAKE_CURRENT_LIST_DIR}/clock_set_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/rules_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/ending_test.cpp ${CMAKE_CURRENT_LIST_DIR}/contract_test.cpp
  NO_UNITY ${CMAKE_CURRENT_LIST_DIR}/crash_test.cpp ${CMAKE_CURRENT_LIST_DIR}/ending_test.cpp
           ${CMAKE_CURRENT_LIST_DIR}/rules_test.cpp
  USES ledger ledger_sqlite core util
  LIBRARIES SQLite::SQLite3)
# The migration is tested below the public header.
target_include_directories(unit_ledger PRIVATE ${PROJECT_SOURCE_DIR}/src)
