inhaul_test(integration git
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/opening_test.cpp ${CMAKE_CURRENT_LIST_DIR}/fetch_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/switch_test.cpp ${CMAKE_CURRENT_LIST_DIR}/local_edits_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/kill_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/ssh_test.cpp ${CMAKE_CURRENT_LIST_DIR}/https_test.cpp
  USES git core util LIBRARIES nlohmann_json::nlohmann_json)
target_compile_definitions(integration_git PRIVATE
  INHAUL_TEST_PYTHON="${Python3_EXECUTABLE}"
  INHAUL_TEST_SUPPORT="${PROJECT_SOURCE_DIR}/tests/support")
