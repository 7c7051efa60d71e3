# SPDX-License-Identifier: BSD-3-Clause

# plait_import(TARGET MODEL face_detector.onnx NAME face_detector [EMBED] [HALF] [INPUT_SHAPE 1,3,224,224...]
#              [OUTPUTS tensor...] [TOLERANCE 1e-4] [PRECISION bf16 | int8] [CALIBRATE inputs.npy...]
#              [PRECISION_TOLERANCE 0.25])
#
# Gives TARGET, which links plait::plait, a header face_detector.hpp with the type face_detector::network, made of the
# ONNX file when TARGET is built, and again when the file changes; face_detector.safetensors with its weights lies in
# the folder of the variable face_detector_FOLDER. With EMBED (and HALF, for halves) also face_detector_model.hpp, in
# which the class face_detector_model is a model with the weights in the program. A test TARGET.face_detector holds the
# network against the file's own answer, unless TARGET is excluded from all. A file that cannot be imported fails the
# build with a sentence.
#
# With PRECISION the network that is embedded is in bf16 or int8, and the test holds it against the file's answer, too,
# to PRECISION_TOLERANCE of the largest value (0.05 and 0.25). int8 is calibrated with CALIBRATE, arrays of NumPy with
# many inputs along the first dimension (for one of several inputs name:inputs.npy); face_detector_int8.safetensors,
# beside the weights, is what a plait::in<plait::precision::int8, face_detector::network> loads.

# Adds what makes FOLDER/NAME_int8.safetensors of an imported network when it is built.
function(plait_import_quantised target name folder)
    file(
        CONFIGURE
        OUTPUT "${folder}/${name}_quantiser.cpp"
        CONTENT [=[
#include <cstdio>

#include "plait/precision.hpp"
#include "@name@.hpp"
#include "plait/io/file.hpp"
#include "plait/io/load.hpp"

int refuse(const auto& sentence) { return std::fprintf(stderr, "%s\n", std::string(sentence).c_str()), 1; }

int main(int argc, char** argv) {
    using small = plait::in<plait::precision::int8, @name@::network>;
    if (argc != 4) return 2;
    const auto floats = plait::load<@name@::network>(argv[1]);
    if (!floats) return refuse(floats.error());
    const auto ranges = plait::calibrate(*floats, argv[2]);
    if (!ranges) return refuse(ranges.error());
    const auto numbers = plait::quantise<small>(argv[1], *ranges);
    if (!numbers) return refuse(numbers.error());
    const auto written = plait::write_file(plait::write_quantised<small>(*numbers), argv[3]);
    return written ? 0 : refuse(written.error());
}
]=]
        @ONLY
    )
    set(quantiser ${target}_${name}_quantiser)
    plait_add_program_of(${target} ${quantiser} "${folder}/${name}_quantiser.cpp")
    set_target_properties(${quantiser} PROPERTIES EXCLUDE_FROM_ALL ON)
    add_dependencies(${quantiser} ${target}_${name}_import)
    set(inputs "${folder}/${name}.safetensors" "${folder}/${name}.calibration.safetensors")
    add_custom_command(
        OUTPUT "${folder}/${name}_int8.safetensors"
        COMMAND ${quantiser} ${inputs} "${folder}/${name}_int8.safetensors"
        DEPENDS ${quantiser} ${inputs}
        COMMENT "Quantising ${name}"
        VERBATIM
    )
    add_custom_target(${target}_${name}_quantised DEPENDS "${folder}/${name}_int8.safetensors")
    add_dependencies(${target} ${target}_${name}_quantised)
endfunction()

function(plait_import target)
    cmake_parse_arguments(
        PARSE_ARGV 1 import "EMBED;HALF" "MODEL;NAME;TOLERANCE;PRECISION;PRECISION_TOLERANCE"
        "INPUT_SHAPE;OUTPUTS;CALIBRATE"
    )
    if(NOT TARGET ${target} OR import_UNPARSED_ARGUMENTS OR NOT import_MODEL
       OR NOT import_NAME MATCHES "^[a-z][a-z_0-9]*$" OR (import_HALF AND NOT import_EMBED)
    )
        message(
            FATAL_ERROR "plait_import(${ARGV}): an existing target, MODEL file, and NAME identifier in lower case were"
                        " expected, HALF with EMBED only"
        )
    endif()
    set(precision fp32)
    if(import_PRECISION)
        set(precision ${import_PRECISION})
    endif()
    if(NOT precision MATCHES "^(fp32|bf16|int8)$")
        message(FATAL_ERROR "plait_import(${target} ...): PRECISION ${precision}: fp32, bf16 or int8 was expected")
    endif()
    if(import_HALF AND NOT precision STREQUAL "fp32")
        message(FATAL_ERROR "plait_import(${target} ...): HALF is of fp32, where PRECISION is ${precision}")
    endif()
    if(precision STREQUAL "int8" AND NOT import_CALIBRATE)
        message(
            FATAL_ERROR "plait_import(${target} ...): PRECISION int8: inputs to calibrate with were expected in"
                        " CALIBRATE, an array of NumPy"
        )
    elseif(import_CALIBRATE AND NOT precision STREQUAL "int8")
        message(FATAL_ERROR "plait_import(${target} ...): CALIBRATE is of PRECISION int8, which is ${precision}")
    endif()

    # In the sources, or installed.
    set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../../../examples/import_onnx.py")
    if(NOT EXISTS "${script}")
        set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/import_onnx.py")
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

    set(calibration_files "")
    foreach(array IN LISTS import_CALIBRATE)
        string(FIND "${array}" ":" colon REVERSE)
        math(EXPR begin "${colon} + 1")
        string(SUBSTRING "${array}" 0 ${begin} of_input)
        string(SUBSTRING "${array}" ${begin} -1 array)
        cmake_path(ABSOLUTE_PATH array BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
        list(APPEND calibration_files "${array}")
        list(APPEND arguments --calibrate "${of_input}${array}")
    endforeach()

    set(header "${folder}/${name}.hpp")
    set(weights "${folder}/${name}.safetensors")
    set(check "${folder}/${name}.check.safetensors")
    set(made "${header}" "${weights}" "${check}")
    if(import_CALIBRATE)
        list(APPEND made "${folder}/${name}.calibration.safetensors")
    endif()
    cmake_path(GET script PARENT_PATH importer_folder)
    file(GLOB importer CONFIGURE_DEPENDS "${importer_folder}/onnx_import/*.py")
    add_custom_command(
        OUTPUT ${made}
        COMMAND "${PLAIT_ONNX_PYTHON}" -B "${script}" ${arguments}
        DEPENDS "${model}" "${script}" ${importer} ${calibration_files}
        COMMENT "Importing ${import_MODEL} as ${name}"
        VERBATIM
    )
    add_custom_target(${target}_${name}_import DEPENDS ${made})
    add_dependencies(${target} ${target}_${name}_import)
    target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${folder}>")

    set(kept_weights "${weights}")
    if(precision STREQUAL "int8")
        set(kept_weights "${folder}/${name}_int8.safetensors")
        plait_import_quantised(${target} ${name} "${folder}")
    endif()
    if(import_EMBED)
        set(form "")
        if(import_HALF)
            set(form HALF)
        elseif(NOT precision STREQUAL "fp32")
            string(TOUPPER ${precision} form)
        endif()
        plait_embed_weights(
            ${target} ${form}
            NAME ${name}_model
            NETWORK "${name}::network"
            HEADERS "${header}"
            WEIGHTS "${kept_weights}"
        )
        add_dependencies(${${name}_model_PACKER} ${target}_${name}_import)
    endif()

    # The network holds what the file answers. Weights lie where the test is run.
    set(tolerance 1e-4)
    if(import_TOLERANCE)
        set(tolerance ${import_TOLERANCE})
    endif()
    set(includes "")
    set(check_precision "")
    if(NOT precision STREQUAL "fp32")
        set(precision_tolerance 0.05)
        if(precision STREQUAL "int8")
            set(precision_tolerance 0.25)
        endif()
        if(import_PRECISION_TOLERANCE)
            set(precision_tolerance ${import_PRECISION_TOLERANCE})
        endif()
        set(includes "#include \"plait/precision.hpp\"\n")
        set(check_precision
            "    if (!agrees<plait::in<plait::precision::${precision}, ${name}::network>>(argv[3], argv[2], \
${precision_tolerance}, \"${name} in ${precision}\"))\n        return 1;\n"
        )
    endif()
    file(
        CONFIGURE
        OUTPUT "${folder}/${name}_check.cpp"
        CONTENT [=[
#include <cstdio>

@includes@#include "@name@.hpp"
#include "plait/io/load.hpp"
#include "plait/io/verify.hpp"

template <class Network>
bool agrees(const char* weights, const char* check, double tolerance, const char* name) {
    const auto model = plait::load<Network>(weights);
    if (!model) return std::fprintf(stderr, "%s\n", model.error().c_str()), false;
    const auto same = plait::verify(*model, check, {.tolerance = tolerance});
    if (!same) return std::fprintf(stderr, "%s\n", same.error().c_str()), false;
    std::printf("%s agrees with its file: %.1e of the largest value\n", name, *same);
    return true;
}

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    if (!agrees<@name@::network>(argv[1], argv[2], @tolerance@, "@name@")) return 1;
@check_precision@    return 0;
}
]=]
        @ONLY
    )
    set(checker ${target}_${name}_check)
    plait_add_program_of(${target} ${checker} "${folder}/${name}_check.cpp")
    add_dependencies(${checker} ${target}_${name}_import)
    if(TARGET ${target}_${name}_quantised)
        add_dependencies(${checker} ${target}_${name}_quantised)
    endif()
    get_target_property(is_excluded ${target} EXCLUDE_FROM_ALL)
    if(is_excluded)
        set_target_properties(${checker} PROPERTIES EXCLUDE_FROM_ALL ON)
    else()
        add_test(NAME ${target}.${name} COMMAND ${checker} "${weights}" "${check}" "${kept_weights}")
    endif()
    set(${name}_FOLDER "${folder}" PARENT_SCOPE)
endfunction()
