# SPDX-License-Identifier: BSD-3-Clause
# For Arm's microcontrollers with Debian's gcc-arm-none-eabi: without an operating system.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
