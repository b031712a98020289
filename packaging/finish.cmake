# SPDX-License-Identifier: Apache-2.0
# cpack runs this on the installed files before it creates the package. It adds the files that Debian's
# policy requires.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(here ${CMAKE_CURRENT_LIST_DIR})
foreach(kind IN ITEMS sysusers tmpfiles)
  configure_file(${here}/${kind}.conf ${root}/usr/lib/${kind}.d/inhaul.conf COPYONLY)
endforeach()
# Debian's file for the licence has another name. The pages link to it.
set(documents ${root}/usr/share/doc/inhaul)
configure_file(${here}/copyright ${documents}/copyright COPYONLY)
file(REMOVE ${documents}/LICENSE)
foreach(page IN ITEMS README.md CONTRIBUTING.md)
  file(READ ${documents}/${page} text)
  string(REPLACE "](LICENSE)" "](copyright)" text "${text}")
  file(WRITE ${documents}/${page} "${text}")
endforeach()
configure_file(${here}/lintian-overrides ${root}/usr/share/lintian/overrides/inhaul COPYONLY)
# Debian's zsh reads the completions of packages from here.
file(RENAME ${root}/usr/share/zsh/site-functions ${root}/usr/share/zsh/vendor-completions)
file(GLOB_RECURSE pages ${root}/usr/share/man/*)
string(TIMESTAMP day "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${documents}/changelog
  "inhaul (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n"
  " -- ${CPACK_PACKAGE_CONTACT}  ${day}\n")
execute_process(COMMAND gzip -9nf ${pages} ${documents}/changelog
  COMMAND_ERROR_IS_FATAL ANY)
