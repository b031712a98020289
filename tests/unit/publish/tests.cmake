# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit publish
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/metrics_test.cpp ${CMAKE_CURRENT_LIST_DIR}/otlp_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/page_test.cpp
  USES publish util
  LIBRARIES nlohmann_json::nlohmann_json)
