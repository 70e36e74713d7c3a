# Installs the services, which name their program by its path: that is known when the prefix is.
cmake_path(ABSOLUTE_PATH bin BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" NORMALIZE)
cmake_path(ABSOLUTE_PATH units BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}" NORMALIZE)
foreach(unit user/cbundled.service system/cbundled@.service system/cbundled-serve.service)
  message(STATUS "Installing: $ENV{DESTDIR}${units}/${unit}")
  configure_file(${source}/${unit}.in "$ENV{DESTDIR}${units}/${unit}" @ONLY)
  list(APPEND CMAKE_INSTALL_MANIFEST_FILES "${units}/${unit}")
endforeach()
