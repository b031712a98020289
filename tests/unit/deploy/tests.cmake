inhaul_test(unit deploy
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/deployer_test.cpp ${CMAKE_CURRENT_LIST_DIR}/crash_test.cpp
  USES deploy core util)
