# SPDX-License-Identifier: BSD-3-Clause
# For 64-bit ARM with Debian's cross compiler; programs run under qemu. The compiler looks into /usr/include last,
# after its own libraries, so that header-only libraries are taken from there.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)

# Where this machine's header-only libraries keep their CMake packages.
file(GLOB packages /usr/lib/*-linux-gnu/cmake)
list(APPEND CMAKE_PREFIX_PATH ${packages})
