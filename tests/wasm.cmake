# SPDX-License-Identifier: BSD-3-Clause
# For WebAssembly with Debian's Clang 19 and wasi-libc; programs run under Node's WASI. The compiler looks into
# /usr/include last, after its own libraries, so that header-only libraries are taken from there.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_CXX_FLAGS_INIT "-msimd128 -fno-exceptions")
set(CMAKE_CROSSCOMPILING_EMULATOR node --no-warnings "${CMAKE_CURRENT_LIST_DIR}/wasi.mjs")

# Where this machine's header-only libraries keep their CMake packages.
file(GLOB packages /usr/lib/*-linux-gnu/cmake)
list(APPEND CMAKE_PREFIX_PATH ${packages} /usr)
