inhaul_test(integration process SOURCES ${CMAKE_CURRENT_LIST_DIR}/process_test.cpp ${CMAKE_CURRENT_LIST_DIR}/blame_test.cpp USES util)
