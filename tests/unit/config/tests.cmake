inhaul_test(unit config
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/parse_test.cpp ${CMAKE_CURRENT_LIST_DIR}/repository_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/load_test.cpp
  USES config core util)
target_compile_definitions(unit_config PRIVATE EXAMPLES="${PROJECT_SOURCE_DIR}/systemd/examples")
