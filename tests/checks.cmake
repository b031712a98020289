# SPDX-License-Identifier: Apache-2.0
# What is checked in the sources themselves. Formatting and lint need a certain version of their
# tools, and are steps of script/test.
add_test(NAME check/layers
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_layers.py ${PROJECT_SOURCE_DIR})
add_test(NAME check/layers_test
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_layers_test.py)
add_test(NAME check/docs
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_docs.py ${PROJECT_SOURCE_DIR})
add_test(NAME check/docs_test
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_docs_test.py)
add_test(NAME check/workflows
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_workflows.py ${PROJECT_SOURCE_DIR})
add_test(NAME check/workflows_test
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_workflows_test.py)
add_test(NAME check/sbom_test
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_sbom_test.py)
set_tests_properties(check/layers check/layers_test check/docs check/docs_test check/workflows
  check/workflows_test check/sbom_test PROPERTIES LABELS check TIMEOUT 300
  ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
add_test(NAME check/cast COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/script/cast --check)
set_tests_properties(check/cast PROPERTIES LABELS check TIMEOUT 60
  ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
foreach(name spdx spdx_test promises promises_test tools_test words)
  add_test(NAME check/${name}
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_${name}.py)
  set_tests_properties(check/${name} PROPERTIES LABELS check TIMEOUT 60
    ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
endforeach()
# Not of what is built for debugging or with sanitizers: that is hardened otherwise, or not at all.
if(NOT CMAKE_BUILD_TYPE STREQUAL Debug AND NOT INHAUL_SANITIZE)
  add_test(NAME check/hardening
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_hardening.py
      $<TARGET_FILE:inhaul> ${PROJECT_BINARY_DIR}/compile_commands.json)
  set_tests_properties(check/hardening PROPERTIES LABELS system TIMEOUT 120)  # it needs the program
endif()
