# SPDX-License-Identifier: Apache-2.0
inhaul_test(unit config
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/window_test.cpp ${CMAKE_CURRENT_LIST_DIR}/example_test.cpp ${CMAKE_CURRENT_LIST_DIR}/valid_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/inspect_test.cpp ${CMAKE_CURRENT_LIST_DIR}/ssh_alias_test.cpp ${CMAKE_CURRENT_LIST_DIR}/load_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/mutation_test.cpp ${CMAKE_CURRENT_LIST_DIR}/notify_test.cpp ${CMAKE_CURRENT_LIST_DIR}/report_test.cpp ${CMAKE_CURRENT_LIST_DIR}/places_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/problems_test.cpp ${CMAKE_CURRENT_LIST_DIR}/remote_url_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/to_toml_test.cpp
  USES config core util)
target_compile_definitions(unit_config PRIVATE
  INHAUL_EXAMPLE="${PROJECT_SOURCE_DIR}/systemd/examples/myapp.toml")
# How times of the week are written is tested below the public header.
target_include_directories(unit_config PRIVATE ${PROJECT_SOURCE_DIR}/src)
