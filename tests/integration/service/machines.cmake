# SPDX-License-Identifier: Apache-2.0
# The adapter for systemd against the real one, with D-Bus and polkit. Each file boots a machine once. They
# belong to the tests of the package, too.
add_executable(service_driver ${CMAKE_CURRENT_LIST_DIR}/service_driver.cpp)
target_include_directories(service_driver PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(service_driver PRIVATE
  inhaul_options inhaul_service inhaul_core inhaul_util fmt::fmt nlohmann_json::nlohmann_json)

foreach(name IN ITEMS systemd units trigger)
  add_test(NAME machine/${name}
    COMMAND ${PROJECT_SOURCE_DIR}/tests/support/in-machine --timeout 1000
      --bind-ro ${PROJECT_SOURCE_DIR} --bind ${PROJECT_BINARY_DIR}
      --env PYTHONDONTWRITEBYTECODE=1
      --env SERVICE_DRIVER=$<TARGET_FILE:service_driver>
      --env CMAKE=${CMAKE_COMMAND} --env BUILD=${PROJECT_BINARY_DIR}
      --env INSTALLED_INHAUL=${CMAKE_INSTALL_FULL_BINDIR}/inhaul
      --journal ${PROJECT_BINARY_DIR}/machine-${name}.journal
      ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/${name}_test.py -v)
  set_tests_properties(machine/${name} PROPERTIES LABELS machine TIMEOUT ${hang_limit} SKIP_RETURN_CODE 77)
endforeach()
