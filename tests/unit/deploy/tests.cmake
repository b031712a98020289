# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit deploy
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/deployer_test.cpp ${CMAKE_CURRENT_LIST_DIR}/crash_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/gates_test.cpp ${CMAKE_CURRENT_LIST_DIR}/rollback_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/releases_test.cpp ${CMAKE_CURRENT_LIST_DIR}/stopped_units_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/undone_test.cpp ${CMAKE_CURRENT_LIST_DIR}/gpg_status_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/dry_run_test.cpp ${CMAKE_CURRENT_LIST_DIR}/after_test.cpp
  USES deploy core util)
# When a window opens is tested below the public header.
target_include_directories(unit_deploy PRIVATE ${PROJECT_SOURCE_DIR}/src)
