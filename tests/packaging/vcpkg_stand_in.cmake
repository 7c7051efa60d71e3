# SPDX-License-Identifier: BSD-3-Clause
# Runs vcpkg's portfile PORTFILE over the sources SOURCE, into PACKAGE, with what it takes from vcpkg's helper
# functions, as far as that can be had without vcpkg. BUILD is a scratch folder.
set(PORT plait)
set(CURRENT_PACKAGES_DIR "${PACKAGE}")

function(run)
    execute_process(COMMAND ${ARGN} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_from_github)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "OUT_SOURCE_PATH;REPO;REF;SHA512;HEAD_REF" "")
    foreach(name IN ITEMS OUT_SOURCE_PATH REPO REF SHA512)
        if(NOT arg_${name})
            message(FATAL_ERROR "vcpkg_from_github needs ${name}")
        endif()
    endforeach()
    set(${arg_OUT_SOURCE_PATH} "${SOURCE}" PARENT_SCOPE)
endfunction()

function(vcpkg_cmake_configure)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
    run("${CMAKE_COMMAND}" -S "${arg_SOURCE_PATH}" -B "${BUILD}" "-DCMAKE_INSTALL_PREFIX=${PACKAGE}"
        -DCMAKE_BUILD_TYPE=Release ${arg_OPTIONS}
    )
endfunction()

function(vcpkg_cmake_install)
    run("${CMAKE_COMMAND}" --build "${BUILD}" --target install)
endfunction()

function(vcpkg_cmake_config_fixup)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "CONFIG_PATH" "")
    file(RENAME "${PACKAGE}/${arg_CONFIG_PATH}" "${PACKAGE}/share/${PORT}")
    file(REMOVE_RECURSE "${PACKAGE}/share/cmake")
endfunction()

function(vcpkg_fixup_pkgconfig)
endfunction()

function(vcpkg_install_copyright)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
    file(COPY_FILE ${arg_FILE_LIST} "${PACKAGE}/share/${PORT}/copyright")
endfunction()

include("${PORTFILE}")
