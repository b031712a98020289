# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit service
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/unit_state_test.cpp ${CMAKE_CURRENT_LIST_DIR}/own_unit_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/polkit_test.cpp ${CMAKE_CURRENT_LIST_DIR}/trigger_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/runs_test.cpp ${CMAKE_CURRENT_LIST_DIR}/denied_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/job_result_test.cpp
  USES service)
target_include_directories(unit_service PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(unit_service PRIVATE
  INHAUL_POLKIT_EXAMPLE="${PROJECT_SOURCE_DIR}/systemd/examples/50-inhaul.rules"
  INHAUL_TRIGGER_EXAMPLE="${PROJECT_SOURCE_DIR}/systemd/examples/myapp-restart")
