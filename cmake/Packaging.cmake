# SPDX-License-Identifier: Apache-2.0
# cpack -G DEB: a package for the distribution that it is built on.
set(INHAUL_MAINTAINER "inhaul maintainers <maintainers@inhaul.invalid>" CACHE STRING
  "Who maintains the package, with an address")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT ${INHAUL_MAINTAINER})
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "deploys each push to a server without incoming connections")
set(CPACK_PACKAGE_DESCRIPTION
  "inhaul deploys each push to a Git branch on a server behind NAT or a firewall,\nand restarts the service that runs it. It polls the forge, or receives pushes\nfrom a webhook relay, over outgoing connections only. It rolls back a commit\nthat fails, and records each deployment.")
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)  # the units name the program where it will be
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/packaging/finish.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION vcs)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "ca-certificates, openssh-client, systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "polkitd")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "git, gpg")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${PROJECT_SOURCE_DIR}/packaging/postinst ${PROJECT_SOURCE_DIR}/packaging/prerm
  ${PROJECT_SOURCE_DIR}/packaging/postrm)
include(CPack)
