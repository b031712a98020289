inhaul_test(unit watch
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/schedule_test.cpp ${CMAKE_CURRENT_LIST_DIR}/watcher_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/sse_test.cpp ${CMAKE_CURRENT_LIST_DIR}/delivery_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/doorbell_test.cpp ${CMAKE_CURRENT_LIST_DIR}/relays_test.cpp
  USES watch core util)
