inhaul_test(unit http SOURCES ${CMAKE_CURRENT_LIST_DIR}/http_test.cpp USES util)
