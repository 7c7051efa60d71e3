# SPDX-License-Identifier: BSD-3-Clause

# plait_web(TARGET NETWORK "plait::augshufflenet_x0_5<10>" HEADERS plait/models/augshufflenet.hpp
#           [WEIGHTS digits.safetensors [HALF]] [PREPARE square|imagenet|stretched] [NORMALISATION type-object]
#           [ORDER rgb|bgr] [OBSERVED] [DETECTOR])
#
# Makes a target that writes into the folder TARGET of the binary folder what a web page needs of a network: TARGET.js,
# an ES module with TARGET.d.ts, and TARGET.wasm and TARGET.relaxed.wasm, of which it takes the one that the browser
# runs. WEIGHTS are checked when the target is built and lie in both, with HALF as halves; without them a page gives
# a file of safetensors to `load_weights`. PREPARE says how a frame becomes the network's input: the square in the
# middle, the same as torchvision cuts it, or the whole frame as FastestDet takes it. OBSERVED adds how strongly each
# channel fires, DETECTOR the objects that FastestDet's output tells of. The target's property PLAIT_WEB_FOLDER is the
# folder.
#
# Needs clang++ 16 or later with wasi-libc and libc++ for WebAssembly: PLAIT_WEB_COMPILER names it.

function(plait_web target)
    cmake_parse_arguments(
        PARSE_ARGV 1 web "HALF;OBSERVED;DETECTOR" "NETWORK;WEIGHTS;PREPARE;NORMALISATION;ORDER" "HEADERS"
    )
    if(TARGET ${target}
       OR web_UNPARSED_ARGUMENTS
       OR NOT web_NETWORK
       OR NOT target MATCHES "^[A-Za-z_][A-Za-z_0-9]*$"
    )
        message(
            FATAL_ERROR "plait_web(${ARGV}): the name of a new target, an identifier, NETWORK type, HEADERS that"
                        " declare it and WEIGHTS file were expected"
        )
    endif()
    foreach(choice IN ITEMS "PREPARE;square;imagenet;stretched" "ORDER;rgb;bgr")
        list(POP_FRONT choice name)
        if(NOT web_${name})
            list(GET choice 0 web_${name})
        elseif(NOT web_${name} IN_LIST choice)
            message(
                FATAL_ERROR "plait_web(${target} ...): ${name} is '${web_${name}}' where one of ${choice} was expected"
            )
        endif()
    endforeach()
    if(NOT web_NORMALISATION)
        set(web_NORMALISATION plait::no_normalisation)
    endif()
    find_program(
        PLAIT_WEB_COMPILER NAMES clang++-19 clang++-20 clang++-21 clang++-18 clang++-17 clang++-16 clang++
        DOC "Clang with wasi-libc and libc++ for wasm32-wasi"
    )
    if(NOT PLAIT_WEB_COMPILER)
        message(
            FATAL_ERROR "plait_web(${target} ...): no clang++ was found; Debian has what is needed:\n  apt-get install"
                        " clang-19 lld-19 libclang-rt-19-dev-wasm32 libc++-19-dev-wasm32 libc++abi-19-dev-wasm32"
                        " wasi-libc"
        )
    endif()

    set(includes "")
    foreach(header IN LISTS web_HEADERS)
        string(APPEND includes "#include \"${header}\"\n")
    endforeach()
    set(network "${web_NETWORK}")
    set(sources "${CMAKE_CURRENT_BINARY_DIR}/${target}_web")
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}")
    file(MAKE_DIRECTORY "${folder}")
    get_directory_property(include_folders INCLUDE_DIRECTORIES)
    list(TRANSFORM include_folders PREPEND -I)
    # After the compiler's own: one of them may be this machine's /usr/include.
    foreach(library IN ITEMS plait::plait xsimd)
        if(TARGET ${library})
            set(headers "$<TARGET_PROPERTY:${library},INTERFACE_INCLUDE_DIRECTORIES>")
            list(APPEND include_folders "$<$<BOOL:${headers}>:-idirafter;$<JOIN:${headers},;-idirafter;>>")
        endif()
    endforeach()

    # Weights are folded by a program for this machine, and packed by the module when it starts.
    set(parts "")
    set(members "")
    set(declared "")
    set(link "")
    set(weights_header "")
    if(web_WEIGHTS)
        file(
            CONFIGURE
            OUTPUT "${sources}/fold.cpp"
            CONTENT "#include \"plait/web/fold_weights.hpp\"\n@includes@
int main(int argc, char** argv) { return plait::web::fold_weights<@network@>(argc, argv); }\n"
            @ONLY
        )
        add_executable(${target}_fold EXCLUDE_FROM_ALL "${sources}/fold.cpp")
        set_target_properties(${target}_fold PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${sources}")
        target_link_libraries(${target}_fold PRIVATE plait::plait)
        set(form floats)
        set(stored float)
        if(web_HALF)
            set(form halves)
            set(stored std::uint16_t)
        endif()
        cmake_path(
            ABSOLUTE_PATH web_WEIGHTS
            BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
            NORMALIZE
            OUTPUT_VARIABLE weights
        )
        file(
            CONFIGURE
            OUTPUT "${sources}/weights.c"
            CONTENT "const unsigned char plait_weights[] = {\n#embed \"weights.bin\"\n};\n"
            @ONLY
        )
        add_custom_command(
            OUTPUT "${sources}/weights.bin"
            COMMAND ${target}_fold "${weights}" "${sources}/weights.bin" ${form}
            DEPENDS ${target}_fold "${weights}"
            COMMENT "Folding ${web_WEIGHTS} for ${target}"
            VERBATIM
        )
        add_custom_command(
            OUTPUT "${sources}/weights.o"
            COMMAND "${PLAIT_WEB_COMPILER}" -x c -std=c23 --target=wasm32-wasi -c weights.c -o weights.o
            DEPENDS "${sources}/weights.bin" "${sources}/weights.c"
            WORKING_DIRECTORY "${sources}"
            VERBATIM
        )
        set(link "${sources}/weights.o")
        string(APPEND parts "PLAIT_WEB_WEIGHTS(${stored});\n")
    else()
        set(weights_header "#include \"plait/web/reader.hpp\"\n")
        string(
            APPEND
            members
            [=[

    load_weights(file) {
        const from = file instanceof Uint8Array ? file : new Uint8Array(file);
        const at = this.#calls.room(from.length);
        if (at === 0)
            throw new RangeError(`a file of ${from.length} bytes is larger than the memory that there is for it`);
        this.#look();
        this.#bytes.set(from, at);
        const why = this.#calls.load();
        this.#look();
        if (why !== 0) {
            const sentence = this.#bytes.subarray(why, this.#bytes.indexOf(0, why));
            throw new Error(new TextDecoder().decode(sentence));
        }
        this.ready = true;
    }
]=]
        )
        string(
            APPEND
            declared
            [=[

    /** Takes weights from the bytes of a file of safetensors, or throws one sentence and leaves all as it was. */
    load_weights(file: ArrayBuffer | Uint8Array): void;
]=]
        )
        string(APPEND parts "PLAIT_WEB_READER();\n")
    endif()
    set(observed false)
    if(web_OBSERVED)
        set(observed true)
        string(APPEND parts "PLAIT_WEB_OBSERVED();\n")
        string(
            APPEND
            members
            [=[

    strengths() {
        if (!this.ready) throw new Error("@name@ has no weights yet: load_weights was expected first");
        return new Float32Array(this.#bytes.buffer, this.#calls.strengths(), this.channels);
    }

    scores() {
        return this.#output;
    }
]=]
        )
        string(
            APPEND
            declared
            [=[

    /** In place of `forward`: runs the network, and says of every channel how strongly it fires: the mean magnitude of
     *  what a call makes of it. `scores` has the network's output then. Both hold until the next call. */
    strengths(): Float32Array;
    scores(): Float32Array;
]=]
        )
    endif()
    if(web_DETECTOR)
        string(APPEND weights_header "#include \"plait/web/detector.hpp\"\n")
        string(APPEND parts "PLAIT_WEB_DETECTOR();\n")
        string(
            APPEND
            members
            [=[

    objects(threshold = 0.65) {
        const count = this.#calls.find(threshold);
        if (count < 0) throw new Error("the output of @name@ is not finite");
        const values = new Float32Array(this.#bytes.buffer, this.#calls.objects(), 6 * count);
        return Array.from({ length: count }, (_, i) => {
            const [category, score, left, top, right, bottom] = values.subarray(6 * i, 6 * i + 6);
            return { category, score, left, top, right, bottom };
        });
    }

    find(image, threshold) {
        this.run(image);
        return this.objects(threshold);
    }
]=]
        )
        string(
            APPEND
            declared
            [=[

    /** What the network finds in a picture, the likeliest first. */
    find(image: ImageData, threshold?: number): FoundObject[];
    /** The same of what was run last. */
    objects(threshold?: number): FoundObject[];
]=]
        )
    endif()
    file(
        CONFIGURE
        OUTPUT "${sources}/module.cpp"
        CONTENT "#include \"plait/web/freestanding.hpp\"\n#include \"plait/web/module.hpp\"\n@weights_header@@includes@
namespace {
constexpr plait::web::module_options options{.prepare = plait::web::preparation::@web_PREPARE@,
                                             .norm = @web_NORMALISATION@,
                                             .order = plait::channel_order::@web_ORDER@,
                                             .observed = @observed@};
}
PLAIT_WEB_MODULE(plait::web::module<@network@, options>);
@parts@"
        @ONLY
    )

    set(made "${folder}/${target}.js" "${folder}/${target}.d.ts")
    set(flags
        --target=wasm32-wasi
        -std=c++20
        -O2
        -fno-exceptions
        -fno-rtti
        -fno-threadsafe-statics
        -nostartfiles
        -Wl,--no-entry,--strip-all,--stack-first,-z,stack-size=262144
        ${include_folders}
    )
    foreach(kind IN ITEMS "" .relaxed)
        set(output "${folder}/${target}${kind}.wasm")
        set(depfile "${sources}/module${kind}.d")
        set(simd -msimd128)
        if(kind)
            list(APPEND simd -mrelaxed-simd)
        endif()
        add_custom_command(
            OUTPUT "${output}"
            COMMAND "${PLAIT_WEB_COMPILER}" "${flags}" ${simd} -MMD -MF "${depfile}" -MT "${output}"
                    "${sources}/module.cpp" ${link} -o "${output}"
            DEPENDS "${sources}/module.cpp" ${link}
            DEPFILE "${depfile}"
            COMMENT "Compiling ${target}${kind}.wasm"
            COMMAND_EXPAND_LISTS VERBATIM
        )
        list(APPEND made "${output}")
    endforeach()

    set(name ${target})
    string(CONFIGURE "${members}" members @ONLY)
    foreach(ending IN ITEMS js d.ts)
        configure_file("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/module.${ending}.in" "${folder}/${target}.${ending}" @ONLY)
    endforeach()
    add_custom_target(${target} ALL DEPENDS ${made})
    set_target_properties(${target} PROPERTIES PLAIT_WEB_FOLDER "${folder}")
endfunction()
