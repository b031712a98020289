# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit cli
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/status_view_test.cpp ${CMAKE_CURRENT_LIST_DIR}/console_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/context_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/merged_test.cpp
  USES cli watch core util)
target_include_directories(unit_cli PRIVATE ${PROJECT_SOURCE_DIR}/src)
