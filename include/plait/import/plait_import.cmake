# SPDX-License-Identifier: BSD-3-Clause

# plait_import(TARGET MODEL face_detector.onnx NAME face_detector [EMBED] [HALF] [INPUT_SHAPE 1,3,224,224...]
#              [OUTPUTS tensor...] [TOLERANCE 1e-4] [PRECISION fp32])
#
# Gives TARGET, which links plait::plait, a header face_detector.hpp with the type face_detector::network, made of the
# ONNX file when TARGET is built, and again when the file changes; face_detector.safetensors with its weights lies in
# the folder of the variable face_detector_FOLDER. With EMBED (and HALF, for halves) also face_detector_model.hpp, in
# which the class face_detector_model is a model with the weights in the program. A test TARGET.face_detector holds the
# network against the file's own answer, unless TARGET is excluded from all. A file that cannot be imported fails the
# build with a sentence.

function(plait_import target)
    cmake_parse_arguments(PARSE_ARGV 1 import "EMBED;HALF" "MODEL;NAME;TOLERANCE;PRECISION" "INPUT_SHAPE;OUTPUTS")
    if(NOT TARGET ${target} OR import_UNPARSED_ARGUMENTS OR NOT import_MODEL
       OR NOT import_NAME MATCHES "^[a-z][a-z_0-9]*$" OR (import_HALF AND NOT import_EMBED)
    )
        message(
            FATAL_ERROR "plait_import(${ARGV}): an existing target, MODEL file, and NAME identifier in lower case were"
                        " expected, HALF with EMBED only"
        )
    endif()
    if(import_PRECISION AND NOT import_PRECISION STREQUAL "fp32")
        message(FATAL_ERROR "plait_import(${target} ...): PRECISION ${import_PRECISION}: fp32 was expected")
    endif()

    # In the sources, or installed.
    set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../../../examples/import_onnx.py")
    if(NOT EXISTS "${script}")
        set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../../plait/import_onnx.py")
    endif()
    cmake_path(NORMAL_PATH script)

    # Debian's python3-onnx is of /usr/bin/python3, which another interpreter may hide.
    find_program(PLAIT_ONNX_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
    find_program(PLAIT_ONNX_PYTHON python3 REQUIRED)
    mark_as_advanced(PLAIT_ONNX_PYTHON)

    set(name ${import_NAME})
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}_imported")
    cmake_path(
        ABSOLUTE_PATH import_MODEL
        BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
        NORMALIZE
        OUTPUT_VARIABLE model
    )
    set(arguments "${model}" --name ${name} --output "${folder}")
    foreach(shape IN LISTS import_INPUT_SHAPE)
        list(APPEND arguments --input-shape "${shape}")
    endforeach()
    if(import_OUTPUTS)
        list(JOIN import_OUTPUTS "," outputs)
        list(APPEND arguments --outputs "${outputs}")
    endif()

    set(header "${folder}/${name}.hpp")
    set(weights "${folder}/${name}.safetensors")
    set(check "${folder}/${name}.check.safetensors")
    cmake_path(GET script PARENT_PATH importer_folder)
    file(GLOB importer CONFIGURE_DEPENDS "${importer_folder}/onnx_import/*.py")
    add_custom_command(
        OUTPUT "${header}" "${weights}" "${check}"
        COMMAND "${PLAIT_ONNX_PYTHON}" -B "${script}" ${arguments}
        DEPENDS "${model}" "${script}" ${importer}
        COMMENT "Importing ${import_MODEL} as ${name}"
        VERBATIM
    )
    add_custom_target(${target}_${name}_import DEPENDS "${header}" "${weights}" "${check}")
    add_dependencies(${target} ${target}_${name}_import)
    target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${folder}>")

    if(import_EMBED)
        set(half "")
        if(import_HALF)
            set(half HALF)
        endif()
        plait_embed_weights(
            ${target} ${half}
            NAME ${name}_model
            NETWORK "${name}::network"
            HEADERS "${header}"
            WEIGHTS "${weights}"
        )
        add_dependencies(${target}_${name}_model_packer ${target}_${name}_import)
    endif()

    # The network holds what the file answers. Weights lie where the test is run.
    set(tolerance 1e-4)
    if(import_TOLERANCE)
        set(tolerance ${import_TOLERANCE})
    endif()
    file(
        CONFIGURE
        OUTPUT "${folder}/${name}_check.cpp"
        CONTENT [=[
#include <cstdio>

#include "@name@.hpp"
#include "plait/io/load.hpp"
#include "plait/io/verify.hpp"

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const auto model = plait::load<@name@::network>(argv[1]);
    if (!model) return std::fprintf(stderr, "%s\n", model.error().c_str()), 2;
    const auto same = plait::verify(*model, argv[2], {.tolerance = @tolerance@});
    if (!same) return std::fprintf(stderr, "%s\n", same.error().c_str()), 1;
    std::printf("@name@ agrees with its file: %.1e of the largest value\n", *same);
}
]=]
        @ONLY
    )
    set(checker ${target}_${name}_check)
    add_executable(${checker} "${folder}/${name}_check.cpp")
    add_dependencies(${checker} ${target}_${name}_import)
    set_target_properties(${checker} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${folder}")
    target_link_libraries(${checker} PRIVATE plait::plait)
    target_compile_definitions(${checker} PRIVATE $<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>)
    target_compile_options(${checker} PRIVATE $<TARGET_PROPERTY:${target},COMPILE_OPTIONS>)
    target_include_directories(${checker} PRIVATE "${folder}")
    target_link_options(${checker} PRIVATE $<TARGET_PROPERTY:${target},LINK_OPTIONS>)
    get_target_property(is_excluded ${target} EXCLUDE_FROM_ALL)
    if(is_excluded)
        set_target_properties(${checker} PROPERTIES EXCLUDE_FROM_ALL ON)
    else()
        add_test(NAME ${target}.${name} COMMAND ${checker} "${weights}" "${check}")
    endif()
    set(${name}_FOLDER "${folder}" PARENT_SCOPE)
endfunction()
