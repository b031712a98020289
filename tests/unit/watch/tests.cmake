# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit watch
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/schedule_test.cpp ${CMAKE_CURRENT_LIST_DIR}/watcher_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/sse_test.cpp ${CMAKE_CURRENT_LIST_DIR}/delivery_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/push_filter_test.cpp ${CMAKE_CURRENT_LIST_DIR}/relays_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/recordings_test.cpp ${CMAKE_CURRENT_LIST_DIR}/resume_test.cpp ${CMAKE_CURRENT_LIST_DIR}/polls_test.cpp
  NO_UNITY ${CMAKE_CURRENT_LIST_DIR}/watcher_test.cpp ${CMAKE_CURRENT_LIST_DIR}/resume_test.cpp ${CMAKE_CURRENT_LIST_DIR}/polls_test.cpp ${CMAKE_CURRENT_LIST_DIR}/push_filter_test.cpp
        ${CMAKE_CURRENT_LIST_DIR}/relays_test.cpp
  USES watch core util LIBRARIES nlohmann_json::nlohmann_json)
target_include_directories(unit_watch PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(unit_watch PRIVATE
  INHAUL_TEST_FIXTURES="${PROJECT_SOURCE_DIR}/tests/fixtures")
