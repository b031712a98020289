# SPDX-License-Identifier: Apache-2.0
inhaul_test(integration process SOURCES ${CMAKE_CURRENT_LIST_DIR}/process_test.cpp ${CMAKE_CURRENT_LIST_DIR}/blame_test.cpp USES util)
inhaul_test_without(close_range integration/process $<TARGET_FILE:integration_process>)
