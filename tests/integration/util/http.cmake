# SPDX-License-Identifier: Apache-2.0
set(standin_definitions INHAUL_TEST_PYTHON="${Python3_EXECUTABLE}"
                        INHAUL_TEST_SUPPORT="${PROJECT_SOURCE_DIR}/tests/support")

inhaul_test(integration http
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/http_test.cpp ${CMAKE_CURRENT_LIST_DIR}/http_tls_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/event_loop_test.cpp
  NO_UNITY ${CMAKE_CURRENT_LIST_DIR}/http_tls_test.cpp ${CMAKE_CURRENT_LIST_DIR}/event_loop_test.cpp
  USES util LIBRARIES nlohmann_json::nlohmann_json)
target_compile_definitions(integration_http PRIVATE ${standin_definitions})

# Separate, because it replaces the name look-up of the C library.
inhaul_test(integration name_server SOURCES ${CMAKE_CURRENT_LIST_DIR}/name_server_test.cpp
  USES util LIBRARIES nlohmann_json::nlohmann_json ${CMAKE_DL_LIBS})
target_compile_definitions(integration_name_server PRIVATE ${standin_definitions})
