# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit util
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/text_test.cpp ${CMAKE_CURRENT_LIST_DIR}/url_test.cpp ${CMAKE_CURRENT_LIST_DIR}/temporary_directory_test.cpp ${CMAKE_CURRENT_LIST_DIR}/bounded_json_test.cpp ${CMAKE_CURRENT_LIST_DIR}/clock_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/sandbox_test.cpp ${CMAKE_CURRENT_LIST_DIR}/environment_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/log_test.cpp ${CMAKE_CURRENT_LIST_DIR}/file_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/result_test.cpp ${CMAKE_CURRENT_LIST_DIR}/blame_test.cpp ${CMAKE_CURRENT_LIST_DIR}/guard_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/operator_command_test.cpp
  USES util)
