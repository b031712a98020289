# SPDX-License-Identifier: Apache-2.0
inhaul_test(integration service
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/command_test.cpp ${CMAKE_CURRENT_LIST_DIR}/notify_test.cpp
  USES service)
