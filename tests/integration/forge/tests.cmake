# SPDX-License-Identifier: Apache-2.0
inhaul_test(integration forge
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/github_test.cpp ${CMAKE_CURRENT_LIST_DIR}/git_remote_test.cpp
  NO_UNITY ${CMAKE_CURRENT_LIST_DIR}/git_remote_test.cpp
  USES forge core util LIBRARIES nlohmann_json::nlohmann_json)
target_compile_definitions(integration_forge PRIVATE
  INHAUL_TEST_PYTHON="${Python3_EXECUTABLE}"
  INHAUL_TEST_SUPPORT="${PROJECT_SOURCE_DIR}/tests/support")
