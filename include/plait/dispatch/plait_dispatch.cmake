# SPDX-License-Identifier: BSD-3-Clause

# plait_dispatch(TARGET NAME digits NETWORK "plait::augshufflenet_x0_5<10>" HEADERS plait/models/augshufflenet.hpp
#                [BF16 | INT8] [IN_FLOATS layer...])
#
# Gives TARGET, which links plait::plait, a header digits.hpp, in which the class digits is a model of the
# network, and the network's kernels once for AVX-512, AVX2, SSE4.2 and any x86-64 processor; the program
# takes the best that its processor runs. On other processors they are compiled once, with TARGET's flags. With BF16
# or INT8 the network is in that precision, but for the layers and scopes that IN_FLOATS names.
function(plait_dispatch target)
    cmake_parse_arguments(PARSE_ARGV 1 dispatch "BF16;INT8" "NAME;NETWORK" "HEADERS;IN_FLOATS")
    if(NOT TARGET ${target} OR dispatch_UNPARSED_ARGUMENTS OR NOT dispatch_NETWORK OR NOT dispatch_NAME MATCHES
                                                                                      "^[A-Za-z_][A-Za-z_0-9]*$"
    )
        message(
            FATAL_ERROR "plait_dispatch(${ARGV}): an existing target, NAME identifier, NETWORK type and HEADERS"
                        " that declare it were expected"
        )
    endif()
    if((dispatch_BF16 AND dispatch_INT8) OR (dispatch_IN_FLOATS AND NOT dispatch_BF16 AND NOT dispatch_INT8))
        message(FATAL_ERROR "plait_dispatch(${target} ...): BF16, INT8 or neither, and IN_FLOATS with one of them,"
                            " was expected"
        )
    endif()

    # The flags come after those of the target, and take back what it says of the instruction set. Optimised,
    # a unit has no inline functions of libraries that the linker could take for another's.
    set(flags -O3 -fno-lto)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
        set(instruction_sets avx512 avx2 sse4_2 baseline)
        list(APPEND flags -march=x86-64 -mtune=generic)
        set(flags_avx2 -mavx2 -mfma -mf16c -mbmi -mbmi2 -mlzcnt -mmovbe)
        set(flags_avx512 ${flags_avx2} -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl)
        list(PREPEND flags_avx2 -mno-avx512f)
        set(flags_baseline -mno-bmi -mno-bmi2 -mno-lzcnt -mno-movbe -mno-popcnt -mno-sse3)
        set(flags_sse4_2 ${flags_baseline} -mno-avx -msse4.2 -mpopcnt)
    else()
        set(instruction_sets own)
        set(flags_own "")
    endif()

    set(includes "")
    foreach(header IN LISTS dispatch_HEADERS)
        string(APPEND includes "#include \"${header}\"\n")
    endforeach()
    set(network "${dispatch_NETWORK}")
    set(header dispatch)
    set(unit_header unit)
    foreach(precision IN ITEMS BF16 INT8)
        if(dispatch_${precision})
            string(TOLOWER ${precision} element)
            plait_network_in(network "${dispatch_NETWORK}" ${element} ${dispatch_IN_FLOATS})
            set(header precision)
            set(unit_header precision_unit)
        endif()
    endforeach()
    set(arguments "${dispatch_NAME}, ${network}")
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}_dispatch")
    file(
        CONFIGURE
        OUTPUT "${folder}/${dispatch_NAME}.hpp"
        CONTENT "#pragma once\n\n#include \"plait/dispatch/@header@.hpp\"\n@includes@\nPLAIT_DISPATCH(@arguments@);\n"
        @ONLY
    )
    foreach(instruction_set IN LISTS instruction_sets)
        set(unit "${folder}/${dispatch_NAME}_${instruction_set}.cpp")
        file(
            CONFIGURE
            OUTPUT "${unit}"
            CONTENT "#include \"plait/dispatch/@unit_header@.hpp\"\n@includes@\nPLAIT_DISPATCH_UNIT(@arguments@);\n"
            @ONLY
        )
        target_sources(${target} PRIVATE "${unit}")
        set_source_files_properties(
            "${unit}"
            TARGET_DIRECTORY ${target}
            PROPERTIES COMPILE_OPTIONS "${flags};${flags_${instruction_set}}"
                       SKIP_UNITY_BUILD_INCLUSION ON
                       SKIP_PRECOMPILE_HEADERS ON
        )
    endforeach()
    target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${folder}>")
endfunction()
