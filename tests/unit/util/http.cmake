# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit http SOURCES ${CMAKE_CURRENT_LIST_DIR}/http_test.cpp USES util)
