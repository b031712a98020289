# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit core
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/model_test.cpp ${CMAKE_CURRENT_LIST_DIR}/deployment_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/exit_code_test.cpp ${CMAKE_CURRENT_LIST_DIR}/budget_test.cpp
  USES core util)
