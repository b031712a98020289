# SPDX-License-Identifier: Apache-2.0
# Runs at installation, because the units contain the path of the installed program, and a package uses
# another prefix than `cmake --install`. SOURCE and BUILD are directories. BIN is the directory of the
# program below the prefix.
file(READ ${SOURCE}/sandbox.conf INHAUL_SANDBOX)
# The unit already has this line.
string(REGEX REPLACE "^# SPDX-[^\n]*\n" "" INHAUL_SANDBOX "${INHAUL_SANDBOX}")
set(CMAKE_INSTALL_FULL_BINDIR ${CMAKE_INSTALL_PREFIX}/${BIN})
foreach(unit IN ITEMS system/inhaul@.service system/inhaul-once@.service user/inhaul.service
    user/inhaul-once.service)
  get_filename_component(scope ${unit} DIRECTORY)
  get_filename_component(name ${unit} NAME)
  configure_file(${SOURCE}/${name}.in ${BUILD}/installed/${unit} @ONLY)
  # Not CMAKE_INSTALL_LIBDIR: systemd reads units from lib on every architecture.
  file(INSTALL ${BUILD}/installed/${unit} DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/systemd/${scope})
endforeach()
file(INSTALL ${SOURCE}/inhaul-once@.timer DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)
file(INSTALL ${SOURCE}/inhaul-once.timer DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/systemd/user)
