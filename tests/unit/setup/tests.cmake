# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit setup
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/new_app_test.cpp ${CMAKE_CURRENT_LIST_DIR}/installation_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/schedule_test.cpp ${CMAKE_CURRENT_LIST_DIR}/not_reloaded_test.cpp ${CMAKE_CURRENT_LIST_DIR}/install_plan_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/relay_channel_test.cpp
  USES setup config core util)
target_include_directories(unit_setup PRIVATE ${PROJECT_SOURCE_DIR}/src)
