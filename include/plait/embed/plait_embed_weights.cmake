# SPDX-License-Identifier: BSD-3-Clause

# plait_embed_weights(TARGET NAME digits NETWORK "plait::augshufflenet_x0_5<10>" HEADERS plait/models/augshufflenet.hpp
#                     WEIGHTS digits.safetensors [HALF | BF16 | INT8 [HALF]] [IN_FLOATS layer...])
#
# Gives TARGET, which links plait::plait, a header digits.hpp, in which the class digits is a model of the
# network with the file's weights: when TARGET is built they are checked, packed and linked as read-only data.
# A file that does not fit the network fails the build with a sentence. With HALF they are kept as halves. With BF16 or
# INT8 the network is in that precision, but for the layers and scopes that IN_FLOATS names; the file of one in INT8 is
# what `quantise` made. With INT8 and HALF, weights that kernels read as words of 16 bits are kept as bytes.
#
# Where there is no vector unit (PLAIT_SCALAR) and programs are cross-compiled, PLAIT_HOST_COMPILER makes what
# packs the weights, and this machine runs it.
if(CMAKE_CROSSCOMPILING)
    find_program(
        PLAIT_HOST_COMPILER
        NAMES c++ g++ clang++
        DOC "Compiles programs that this machine runs while it builds others"
        NO_CMAKE_FIND_ROOT_PATH
    )
endif()

# Adds a program that a build runs for a target, compiled as the target is, beside its source.
function(plait_add_program_of target program source)
    add_executable(${program} "${source}")
    cmake_path(GET source PARENT_PATH folder)
    set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${folder}")
    target_link_libraries(${program} PRIVATE plait::plait)
    target_compile_definitions(${program} PRIVATE $<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>)
    target_compile_options(${program} PRIVATE $<TARGET_PROPERTY:${target},COMPILE_OPTIONS>)
    target_include_directories(${program} PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
    target_link_options(${program} PRIVATE $<TARGET_PROPERTY:${target},LINK_OPTIONS>)
endfunction()

function(plait_embed_weights target)
    cmake_parse_arguments(PARSE_ARGV 1 embed "HALF;BF16;INT8" "NAME;NETWORK;WEIGHTS" "HEADERS;IN_FLOATS")
    if(NOT TARGET ${target} OR embed_UNPARSED_ARGUMENTS OR NOT embed_NETWORK OR NOT embed_WEIGHTS
       OR NOT embed_NAME MATCHES "^[A-Za-z_][A-Za-z_0-9]*$"
    )
        message(
            FATAL_ERROR "plait_embed_weights(${ARGV}): an existing target, NAME identifier, NETWORK type, HEADERS"
                        " that declare it and WEIGHTS file were expected"
        )
    endif()
    if(embed_BF16 AND (embed_INT8 OR embed_HALF))
        message(FATAL_ERROR "plait_embed_weights(${target} ...): BF16 goes with neither INT8 nor HALF")
    elseif(embed_IN_FLOATS AND NOT embed_BF16 AND NOT embed_INT8)
        message(FATAL_ERROR "plait_embed_weights(${target} ...): IN_FLOATS goes with BF16 or INT8")
    endif()
    # Without vectors all processors pack alike, so that this machine can do it.
    set(is_packed_here OFF)
    if(CMAKE_CROSSCOMPILING AND PLAIT_SCALAR AND PLAIT_HOST_COMPILER)
        set(is_packed_here ON)
    elseif(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
        message(
            FATAL_ERROR "plait_embed_weights(${target} ...): weights are packed by a program for the processor that"
                        " ${target} is for; an emulator that runs it was expected in CMAKE_CROSSCOMPILING_EMULATOR"
        )
    endif()

    set(includes "")
    foreach(header IN LISTS embed_HEADERS)
        string(APPEND includes "#include \"${header}\"\n")
    endforeach()
    set(name ${embed_NAME})
    set(network "${embed_NETWORK}")
    set(packing_header "plait/embed/pack_weights.hpp")
    set(form floats)
    if(embed_HALF)
        set(form halves)
    endif()
    foreach(precision IN ITEMS BF16 INT8)
        if(embed_${precision})
            string(TOLOWER ${precision} form)
            plait_network_in(network "${embed_NETWORK}" ${form} ${embed_IN_FLOATS})
            set(packing_header "plait/embed/pack_precision.hpp")
            if(embed_HALF)
                string(APPEND form _halves)
            endif()
            # without what reads and calibrates
            string(PREPEND includes "#include \"plait/network/slot_executor.hpp\"\n")
        endif()
    endforeach()
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}_embedded")
    file(
        CONFIGURE
        OUTPUT "${folder}/${name}.hpp"
        CONTENT "#pragma once\n\n#include \"plait/embed/embedded.hpp\"\n@includes@#include \"@name@_weights.hpp\"\n
using @name@ = plait::embedded<@network@, @name@_weights>;\n"
        @ONLY
    )
    file(
        CONFIGURE
        OUTPUT "${folder}/${name}_packer.cpp"
        CONTENT "#include \"@packing_header@\"\n@includes@
int main(int argc, char** argv) { return plait::pack_weights<@network@>(argc, argv); }\n"
        @ONLY
    )

    set(packer ${target}_${name}_packer)
    if(is_packed_here)
        # One for all targets with the network.
        string(SHA1 number "${network} ${includes}")
        set(packer "plait_packer_${number}")
        set(packer_file "${CMAKE_BINARY_DIR}/plait_packers/${number}")
        file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/plait_packers")
        if(NOT TARGET ${packer})
            set(include_folders $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
            add_custom_command(
                OUTPUT "${packer_file}"
                COMMAND "${PLAIT_HOST_COMPILER}" -std=c++20 -O1 -DPLAIT_SCALAR "-I$<JOIN:${include_folders},;-I>"
                        "${folder}/${name}_packer.cpp" -o "${packer_file}" -MD -MF "${packer_file}.d"
                DEPENDS "${folder}/${name}_packer.cpp"
                DEPFILE "${packer_file}.d"
                COMMAND_EXPAND_LISTS VERBATIM
            )
            add_custom_target(${packer} DEPENDS "${packer_file}")
        endif()
    else()
        # Weights are packed for the instruction set that the target's options select.
        plait_add_program_of(${target} ${packer} "${folder}/${name}_packer.cpp")
        set_target_properties(${packer} PROPERTIES EXCLUDE_FROM_ALL ON)
    endif()

    cmake_path(
        ABSOLUTE_PATH embed_WEIGHTS
        BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
        NORMALIZE
        OUTPUT_VARIABLE weights
    )
    set(packer_command ${packer})
    if(is_packed_here)
        set(packer_command "${packer_file}")
    endif()
    set(unit "${folder}/${name}_weights.cpp")
    set(packed "${unit}" "${folder}/${name}_weights.hpp" "${folder}/${name}_weights.bin")
    add_custom_command(
        OUTPUT ${packed}
        COMMAND ${packer_command} "${weights}" "${folder}" ${name} ${form}
        DEPENDS ${packer} ${packer_command} "${weights}"
        COMMENT "Packing ${embed_WEIGHTS} into ${name}"
        VERBATIM
    )
    add_custom_target(${target}_${name}_weights DEPENDS ${packed})
    set(${name}_PACKER ${packer} PARENT_SCOPE)
    add_dependencies(${target} ${target}_${name}_weights)

    target_sources(${target} PRIVATE "${unit}")
    set_source_files_properties(
        "${unit}"
        TARGET_DIRECTORY ${target}
        PROPERTIES GENERATED ON
                   OBJECT_DEPENDS "${folder}/${name}_weights.bin"
                   COMPILE_OPTIONS -fno-lto
                   SKIP_UNITY_BUILD_INCLUSION ON
                   SKIP_PRECOMPILE_HEADERS ON
    )
    target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${folder}>")
endfunction()
